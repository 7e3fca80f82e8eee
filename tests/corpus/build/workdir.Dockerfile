FROM base
WORKDIR /a/b
WORKDIR c
WORKDIR ../d
USER 33:44
WORKDIR /owned/deep
USER web
WORKDIR rel
COPY a.txt .
COPY b.txt sub/
RUN pwd >/tmp/pwd
