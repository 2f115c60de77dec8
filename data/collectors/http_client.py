"""GET requests to one exchange within its limits: evenly spaced, retried while it is busy."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
from aiolimiter import AsyncLimiter
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from data.collectors.config import Endpoint, RestRules
from data.errors import PermanentFeedError, ProtocolError, TemporaryFeedError
from utils.clock import Clock

T = TypeVar("T")
CheckResponse = Callable[[httpx.Response, str], bytes]


def is_busy(response: httpx.Response) -> bool:
    """Return whether the same request may succeed later, by the response's status."""
    status = response.status_code
    return status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR


def check_status(response: httpx.Response, request: str) -> bytes:
    """Return the content of a successful response.

    Raises TemporaryFeedError and PermanentFeedError that begin with `request`.
    """
    if response.is_success:
        return response.content
    kind = TemporaryFeedError if is_busy(response) else PermanentFeedError
    raise kind(f"{request}: HTTP {response.status_code}: {response.text[:200]}")


class HttpClient:
    """One client per process and exchange.

    `rates_per_s`: the documented requests per second and address, by path; other paths cannot be
    requested. `check` returns the content of a successful response, and raises for any other.
    """

    def __init__(
        self,
        exchange: str,
        endpoint: Endpoint,
        rules: RestRules,
        clock: Clock,
        rates_per_s: Mapping[str, float],
        check: CheckResponse = check_status,
    ) -> None:
        self._exchange = exchange
        self._rules = rules
        self._clock = clock
        self._check = check
        self._http = httpx.AsyncClient(
            base_url=endpoint.rest_url,
            timeout=rules.timeout_s,
            trust_env=not endpoint.is_local,
            headers={"user-agent": "truetape"},
        )
        # One request per period, never a burst: bursts within the rate were refused in practice.
        self._limiters = {
            path: AsyncLimiter(1, 1 / (rate * rules.rate_share))
            for path, rate in rates_per_s.items()
        }

    async def get(self, path: str, query: Mapping[str, str], read: Callable[[bytes], T]) -> T:
        """Return the content of the response as `read` returns it.

        Raises PermanentFeedError, and TemporaryFeedError after the retries; also if `read` raises
        ProtocolError.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TemporaryFeedError),
            stop=stop_after_attempt(self._rules.attempts),
            wait=wait_random_exponential(self._rules.backoff_first_s, self._rules.backoff_cap_s),
            sleep=self._clock.sleep,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                return await self._get_once(path, query, read)
        raise AssertionError("unreachable: the last attempt raises")

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _get_once(self, path: str, query: Mapping[str, str], read: Callable[[bytes], T]) -> T:
        async with self._limiters[path]:
            try:
                response = await self._http.get(path, params=dict(query))
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
                raise TemporaryFeedError(f"{self._exchange}: GET {path}: {reason}") from error
        request = f"{self._exchange}: GET {path} {dict(query)}"
        content = self._check(response, request)
        try:
            return read(content)
        except ProtocolError as error:
            raise TemporaryFeedError(f"{request}: {error}") from error
