FROM base
COPY *.txt /texts/
COPY src/*/* /nested/
COPY src/[lm]* /set/
COPY no-such-* /none/
COPY ?.md /question/
COPY ["with space", "/with blank/"]
COPY ["with space/a b.txt", "b.txt", "/more/"]
