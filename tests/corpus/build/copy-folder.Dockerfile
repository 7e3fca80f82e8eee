FROM base
COPY src /app
COPY src/ /other/
COPY docs /app
