FROM base
ARG WHO=world
COPY <<EOT /hello
hello $WHO
EOT
COPY <<"EOT" /plain
plain $WHO
EOT
COPY <<-TABS <<SECOND /two/
	indented
		twice
TABS
second
SECOND
COPY --chmod=700 --chown=web <<EOT /script
#!/bin/sh
EOT
