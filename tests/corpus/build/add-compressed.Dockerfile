FROM base
ADD data.gz /data.gz
ADD like.gz /like/
ADD old.tar /old
ADD arc.tar.gz old.tar a.txt /several/
