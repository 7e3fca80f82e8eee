# corpus: arg=GIVEN=yes arg=OVER=flag
ARG GLOBAL=g
ARG OVER=default
FROM base AS first
ARG GLOBAL
ARG LOCAL=l${GLOBAL}
ARG GIVEN
ARG NONE
RUN echo "$GLOBAL $LOCAL $GIVEN $NONE $OVER" >/args
FROM first
RUN echo "$GLOBAL $LOCAL" >/inherited
ARG OVER
ENV KEPT=$OVER
ARG KEPT=lost
RUN echo "$KEPT $OVER" >/kept
LABEL over=$OVER
