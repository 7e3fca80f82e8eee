FROM base
COPY --link a.txt /linked/
COPY --link --chown=2:3 src /tree
