FROM base AS one
CMD ["from", "one"]
FROM one
ENTRYPOINT ["resets"]
