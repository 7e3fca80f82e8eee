# escape=`
FROM base
RUN echo a `
  b >/escaped
COPY a.txt `
  /c
