FROM base
COPY --exclude=*.c src /no-c
COPY --exclude=**/*.h --exclude=lib/lib.c src /deep
COPY --exclude=*.md docs /all
