FROM base
COPY private /private
COPY private/key /key
COPY src/run.sh /usr/local/bin/
RUN /usr/local/bin/run.sh >/ran
