FROM base
COPY a.txt /one
COPY a.txt /two/
COPY a.txt b.txt /three/
COPY a.txt /four/five/six
COPY a.txt /srv
COPY --chown=5 a.txt /new/folder/
