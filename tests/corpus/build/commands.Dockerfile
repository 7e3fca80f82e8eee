FROM base AS one
CMD echo shell form
ENTRYPOINT echo entry
FROM one
CMD ["exec", "form"]
ENTRYPOINT ["new"]
