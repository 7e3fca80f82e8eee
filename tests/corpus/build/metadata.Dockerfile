FROM base
LABEL a=b "c d"="e f" multi="x\
y"
EXPOSE 80 53/udp 8000-8002/tcp
VOLUME /data
VOLUME ["/v1", "/v2"]
STOPSIGNAL SIGQUIT
USER web
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo hi"]
MAINTAINER someone <some@one>
