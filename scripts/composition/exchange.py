"""REST access to the exchange of an instrument."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from config import Settings
from data import InstrumentId
from data.collectors.config import Endpoint, RestRules
from data.collectors.okx.rest import OkxRest
from data.collectors.rest import ExchangeRest
from data.collectors.status_probe import silences
from data.ports import CollectorStatusRepository
from data.status import CollectorState, CollectorStatus
from utils.clock import SystemClock
from utils.errors import ConfigError

# A running collector shares the rate limits, and needs most of them.
_SHARE_BESIDE_COLLECTOR = 0.2
_SHARE_ALONE = 0.8
_FRESH = timedelta(minutes=1)


@asynccontextmanager
async def exchange_of(
    instrument: InstrumentId, settings: Settings, collectors: CollectorStatusRepository
) -> AsyncIterator[ExchangeRest]:
    """Open the exchange's REST interface, within its free rate limits. Raises ConfigError."""
    clock = SystemClock()
    silent = await asyncio.to_thread(silences, collectors, clock, _FRESH)
    statuses = await asyncio.to_thread(collectors.all)
    fresh = [
        status
        for status in statuses
        if status.exchange == instrument.exchange
        and status.state is not CollectorState.STOPPED
        and status.name not in silent
    ]
    rest = OkxRest(
        instrument.exchange,
        _endpoint(instrument.exchange, settings, fresh),
        RestRules(rate_share=_SHARE_BESIDE_COLLECTOR if fresh else _SHARE_ALONE),
        clock,
    )
    try:
        yield rest
    finally:
        await rest.close()


def _endpoint(exchange: str, settings: Settings, fresh: list[CollectorStatus]) -> Endpoint:
    if exchange == "okx":
        return Endpoint(rest_url=settings.okx.rest_url, ws_url=settings.okx.ws_url)
    if exchange == "simulated" and fresh:
        # The simulator's port is chosen when it starts; its collector's status has it.
        ws_url = fresh[0].endpoint
        return Endpoint(rest_url=ws_url.replace("ws", "http", 1), ws_url=ws_url)
    raise ConfigError(
        "EXCHANGE:SYMBOL",
        problem=f"nobody here speaks to {exchange!r}; okx is asked at OKX_REST_URL, "
        "simulated while its platform runs",
    )
