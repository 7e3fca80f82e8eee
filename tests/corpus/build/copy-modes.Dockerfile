FROM base
COPY --chmod=640 src /octal
COPY --chmod=u+x,go-r src /symbolic
COPY --chmod=a=rX docs /equal
COPY --chmod=755 a.txt /deep/one
COPY --chmod=4755 a.txt /setuid
COPY --chmod=g+s,o+t docs /special
