# Hufu in a container: one process, nobody's root, Debian slim.
#   docker build -t hufu .
#   docker run -p 8080:8080 -v hufu-data:/data -v hufu-key:/key hufu
FROM node:24-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --no-audit --no-fund && npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production \
    HUFU_HOST=0.0.0.0 \
    HUFU_DATA_DIR=/data \
    HUFU_SECRET_KEY_FILE=/key/hufu.key
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/examples ./examples
RUN mkdir /data /key && chown node:node /data /key
USER node
VOLUME ["/data", "/key"]
EXPOSE 8080
# Alive is not ready: a database that is away for a minute is no reason to restart every node.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.HUFU_PORT || 8080) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Streams are ended and work in hand is finished within ten seconds of SIGTERM.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "packages/server/bin/hufu.js"]
CMD ["start"]
