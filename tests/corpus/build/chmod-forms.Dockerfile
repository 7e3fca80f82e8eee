FROM base
COPY --chmod=+t src /plain-t
COPY --chmod=a+t src /a-t
COPY --chmod=o+t src /o-t
COPY --chmod=u+t src /u-t
COPY --chmod=+s src /plain-s
COPY --chmod=a+s src /a-s
COPY --chmod=o+s src /o-s
COPY --chmod=u=rwx,g=u,o=g src /copied
COPY --chmod=+x src /x
COPY --chmod=u+X src /big-x
COPY --chmod=g+rw-x,o= src /mixed
COPY --chmod=1777 src /octal-t
