FROM base AS parent
ONBUILD COPY a.txt /triggered
ONBUILD RUN cat /triggered >/also
ONBUILD ENV T=1
FROM parent
RUN echo "$T" >/t
