FROM base
ENV V=path/to/file.tar.gz
LABEL short=${V#*/} long=${V##*/} end=${V%.*} ends=${V%%.*} one=${V/t/T} all=${V//t/T}
COPY ${V:+a.txt} /${V##*/}
