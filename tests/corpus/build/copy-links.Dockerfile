FROM base
COPY link /followed
COPY folder-link /folder
COPY . /all
