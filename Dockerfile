# One image for every process; the command says which one it is. Default: all of them in one.
ARG NODE_IMAGE=node:24.11.1-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /parley
ENV SCARF_ANALYTICS=false
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Parley" org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /parley
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    PARLEY_HOST=0.0.0.0 \
    PARLEY_PORT=3000 \
    PARLEY_DATA_DIR=/data
# The embedded PostgreSQL refuses root, and nothing else needs it.
RUN useradd --system --uid 999 --user-group --home-dir /parley --shell /usr/sbin/nologin parley \
 && mkdir /data /media && chown parley:parley /data /media
COPY --from=build --chown=parley:parley /parley/node_modules ./node_modules
COPY --from=build --chown=parley:parley /parley/dist ./dist
COPY --from=build --chown=parley:parley /parley/package.json /parley/LICENSE ./
USER parley
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PARLEY_PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/apps/parley/main.js"]
