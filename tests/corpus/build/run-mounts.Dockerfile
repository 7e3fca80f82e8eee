FROM base AS tools
RUN echo tool >/tool
FROM base
RUN --mount=type=bind,source=src,target=/mnt/src cat /mnt/src/main.c >/out
RUN --mount=type=bind,from=tools,source=/tool,target=/usr/tool cat /usr/tool >>/out
RUN --mount=type=tmpfs,target=/scratch --mount=type=cache,target=/var/cache/x touch /scratch/a /var/cache/x/b
RUN --network=none echo none >>/out
RUN --mount=type=bind,target=/ctx,rw echo changed >/ctx/a.txt
