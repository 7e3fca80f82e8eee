FROM base
ENV A=1 B="two words" C=$A
ENV D ${C:-none}-${MISSING:-fallback}-${A:+set}
USER web
RUN echo "$A $B $C $D $(id -u):$(id -g) $HOME" >/tmp/env
USER 7
RUN id -u >/tmp/seven && id -g >>/tmp/seven
USER root:staff
RUN id -g >/tmp/staff
