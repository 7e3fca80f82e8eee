FROM base
HEALTHCHECK --interval=1m30s --timeout=2.5s --start-period=500ms --start-interval=1s --retries=10 CMD wget -q localhost || exit 1
HEALTHCHECK CMD ["true", "a\"b"]
