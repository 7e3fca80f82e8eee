FROM base
ADD arc.tar.gz /unpacked
ADD arc.tar.gz /unpacked-too/
ADD --chown=1:2 arc.tar.gz /owned/
ADD a.txt /plain
COPY arc.tar.gz /copied.gz
