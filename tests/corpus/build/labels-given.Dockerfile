# corpus: label=given=yes label=a=changed
FROM base
LABEL a=b
