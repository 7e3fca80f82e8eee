FROM base
COPY --chown=web src /by-name
COPY --chown=web:staff a.txt /both
COPY --chown=12 a.txt /number
COPY --chown=12:34 docs /numbers
COPY --chown=:50 a.txt /group
COPY --chown=nobody-knows a.txt /unknown
