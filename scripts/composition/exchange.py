"""REST access to the exchange of an instrument."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from config import ExchangeSettings, Settings, exchange_prefix
from data import InstrumentId
from data.collectors.config import Endpoint, RestRules
from data.collectors.factory import EXCHANGES
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
    exchange = instrument.exchange
    if exchange not in EXCHANGES:
        problem = f"the exchange must be one of {', '.join(EXCHANGES)}, was {exchange!r}"
        raise ConfigError("EXCHANGE:SYMBOL", problem=problem)
    clock = SystemClock()
    silent = await asyncio.to_thread(silences, collectors, clock, _FRESH)
    statuses = await asyncio.to_thread(collectors.all)
    fresh = [
        status
        for status in statuses
        if status.exchange == exchange
        and status.state is not CollectorState.STOPPED
        and status.name not in silent
    ]
    rest = EXCHANGES[exchange].open_rest(
        exchange,
        endpoint_of(exchange, settings, fresh),
        RestRules(rate_share=_SHARE_BESIDE_COLLECTOR if fresh else _SHARE_ALONE),
        clock,
    )
    try:
        yield rest
    finally:
        await rest.close()


def endpoint_of(
    exchange: str, settings: Settings, running: Sequence[CollectorStatus] = ()
) -> Endpoint:
    """Return the addresses of a known exchange: those of the settings, else its own.

    One without has those of its `running` collectors, if any. Raises ConfigError.
    """
    given = settings.exchanges.get(exchange, ExchangeSettings())
    own = EXCHANGES[exchange].default_endpoint
    if own is None and running:
        # One host and port for both, as the simulator has.
        announced = running[0].endpoint
        own = Endpoint(rest_url=announced.replace("ws", "http", 1), ws_url=announced)
    rest_url = given.rest_url or (own.rest_url if own else None)
    ws_url = given.ws_url or (own.ws_url if own else None)
    if rest_url is None or ws_url is None:
        prefix = exchange_prefix(exchange)
        problem = f"must be set: {exchange} has no addresses of its own and no running collector"
        raise ConfigError(f"{prefix}REST_URL, {prefix}WS_URL", problem=problem)
    return Endpoint(rest_url=rest_url, ws_url=ws_url)
