FROM base
RUN mkdir -p /d/lib && chmod 700 /d && chown 3:4 /d /d/lib && echo old >/d/main.c && ln -s /etc /d/link && echo x >/d/stays
COPY src /d
COPY b.txt /d/main.c
COPY a.txt /d/link/new
