# Two stages: what builds the wheel stays out of what runs.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY router router
COPY rules rules
COPY templates templates
COPY migrations migrations
RUN python -m venv /opt/router && /opt/router/bin/pip install --no-cache-dir '.[google,microsoft,postgres]'

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin router \
    && install -d -o router -g router -m 0700 /data
COPY --from=build /opt/router /opt/router
ENV PATH=/opt/router/bin:$PATH ROUTER_CONFIG=/data/router.toml PYTHONUNBUFFERED=1
USER router
VOLUME /data
WORKDIR /data
# Inside the container the configuration says listen = "0.0.0.0:2525", with the networks of your mail servers in allow_from.
EXPOSE 2525
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["router", "status", "--live"]
ENTRYPOINT ["router"]
CMD ["run"]
