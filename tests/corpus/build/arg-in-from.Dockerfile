# corpus: arg=BASE=base
ARG BASE=none
ARG STAGE=mid
FROM ${BASE} AS mid
RUN echo mid >/mid
FROM $STAGE
RUN echo top >/top
