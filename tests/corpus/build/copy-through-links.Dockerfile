FROM base
RUN ln -s /srv /to-srv && ln -s ../../../../tmp /up && ln -s nowhere-yet /dangle && ln -s . /self
COPY a.txt /to-srv/
COPY src /to-srv
COPY a.txt /up/
COPY a.txt /dangle
COPY a.txt /self/self/b
