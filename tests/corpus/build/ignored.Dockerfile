FROM base
COPY . /all
COPY docs /docs
