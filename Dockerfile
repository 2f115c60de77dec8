# The platform without its servers: PostgreSQL and Redis come from DATABASE_URL and REDIS_URL.
FROM python:3.13.18-slim-trixie AS build

RUN pip install --no-cache-dir uv==0.13.9
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1 VIRTUAL_ENV=/opt/truetape
RUN uv venv "$VIRTUAL_ENV"
WORKDIR /source
COPY requirements.txt ./
RUN uv pip install --require-hashes -r requirements.txt
COPY . .
RUN uv pip install --no-deps .

FROM python:3.13.18-slim-trixie

COPY --from=build /opt/truetape /opt/truetape
# Safe path: the folder below holds values under names of our packages, and must not be imported from.
ENV PATH=/opt/truetape/bin:$PATH PYTHONSAFEPATH=1
RUN useradd --create-home --uid 10001 truetape \
    && install -d -o truetape -g truetape /app /app/var /app/user_strategies

WORKDIR /app
USER truetape
COPY config ./config

VOLUME /app/var
EXPOSE 8050
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["truetape", "maintenance", "health"]
CMD ["truetape", "services", "all", "--host", "0.0.0.0"]
