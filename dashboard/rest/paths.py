"""Where the API is served."""

API_ROOT = "/api"
API_PREFIX = f"{API_ROOT}/v1"
