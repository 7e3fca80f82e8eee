FROM base
RUN rm /etc/group && rm -r /srv && mkdir /srv && echo new >/srv/new
RUN mkdir -p /a/b/c && chmod 2755 /a/b && echo x >/a/b/c/f && ln /a/b/c/f /a/hard && ln -s f /a/b/c/soft
RUN rm -r /a/b/c && mkfifo /fifo && chmod 4711 /a/hard && mv /etc/passwd /etc/moved
RUN mkdir /replaced && touch /replaced/x
RUN rm -r /replaced && echo file >/replaced
