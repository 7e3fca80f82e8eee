FROM base
RUN echo shell >/shell
RUN ["/bin/sh", "-c", "echo exec >/exec"]
RUN echo a && \
    # a comment within
    echo b >/continued
RUN <<EOT
echo one >/heredoc
echo two >>/heredoc
EOT
RUN <<EOT
#!/bin/sh
echo shebang >/shebang
EOT
RUN cat <<ONE >/first && cat <<TWO >/second
first
ONE
second
TWO
SHELL ["/bin/sh", "-e", "-c"]
RUN echo other >/other-shell
