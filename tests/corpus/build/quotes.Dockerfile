FROM base
ENV Q="a \"quoted\" value" S='single $NOT' E=a\ b
LABEL q="$Q" s="$S" e=$E
ENV P=$PATH:/more
WORKDIR /$Q
WORKDIR "/with blank"
