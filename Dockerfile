# The platform without its servers: PostgreSQL and Redis come from DATABASE_URL and REDIS_URL.
FROM python:3.13-slim

RUN pip install --no-cache-dir uv \
    && useradd --create-home --uid 10001 truetape \
    && install -d -o truetape -g truetape /app /app/var

WORKDIR /app
USER truetape

COPY --chown=truetape:truetape pyproject.toml README.md LICENSE ./
RUN uv sync --no-default-groups --no-install-project
COPY --chown=truetape:truetape . .
RUN uv sync --no-default-groups

VOLUME /app/var
EXPOSE 8050
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["uv", "run", "--no-sync", "scripts/check_health.py"]
CMD ["uv", "run", "--no-sync", "main.py", "--host", "0.0.0.0"]
