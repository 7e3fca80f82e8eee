FROM base AS one
RUN echo made >/made && chown 9:10 /made && chmod 604 /made && mkdir /tree && ln -s ../made /tree/link && echo t >/tree/file
FROM scratch AS two
COPY --from=one /made /x
COPY --from=0 /tree /tree
COPY --from=one --chown=1:1 /made /owned
COPY --from=base /etc/passwd /passwd
COPY --from=one /tree/link /resolved
