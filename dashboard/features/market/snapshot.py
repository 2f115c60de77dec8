"""What the Market page reads: snapshots that live frames continue, and older candles."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard.features.market.payload import (
    database_down,
    history_payload,
    listing_payload,
    market_payload,
)
from dashboard.live.hub import LiveHub
from dashboard.live.topics import CandleTopic, LiveTopic, TradesTopic, parse_timeframe
from dashboard.read_limits import time_from
from dashboard.services import DashboardServices
from dashboard.views import Listing
from data import InstrumentId, Timeframe
from utils.errors import ExternalServiceError

log = logging.getLogger("truetape.dashboard")

CANDLES_AT_ONCE = 1000


async def read_listing(services: DashboardServices) -> dict[str, Any]:
    """Return the instruments and timeframes to choose from, or the message of an outage."""
    market = services.market
    try:
        names = await services.thread_pools.run(market.instruments.names)
    except ExternalServiceError as error:
        return {"instruments": [], "groups": [], "timeframes": [], "problem": _down(error)}
    return listing_payload(Listing(names, market.timeframes))


async def read_snapshot(
    services: DashboardServices, hub: LiveHub, view: dict[str, str]
) -> dict[str, Any]:
    """Return the market of one instrument, or the message of an outage.

    Raises InvalidValue, InstrumentMissing.
    """
    name, timeframe = _parse(view)
    topics: list[LiveTopic] = [CandleTopic(name, timeframe), TradesTopic(name)]
    # Frame numbers first: a frame of the meantime is then received twice, never missed.
    answer = {"view": view, "epoch": hub.epoch, "numbers": hub.numbers(topics)}
    run = services.thread_pools.run
    try:
        market = await run(services.market.market, name, timeframe, CANDLES_AT_ONCE)
    except ExternalServiceError as error:
        return {**answer, "problem": _down(error)}
    return {**answer, **market_payload(market, hub.feed)}


async def read_older(
    services: DashboardServices, request: Mapping[str, Any], view: dict[str, str]
) -> dict[str, Any]:
    """Return the candles before a time.

    Raises InvalidValue, InstrumentMissing, ExternalServiceError.
    """
    name, timeframe = _parse(view)
    before = time_from("before", request.get("before", ""))
    market, run = services.market, services.thread_pools.run
    history = await run(market.older, name, timeframe, before, CANDLES_AT_ONCE)
    if not len(history.frame):
        await run(market.instrument, name)
    return {"key": request.get("key", ""), "candles": history_payload(history)}


def _parse(view: dict[str, str]) -> tuple[InstrumentId, Timeframe]:
    return InstrumentId.parse(view["symbol"]), parse_timeframe(view["timeframe"])


def _down(error: ExternalServiceError) -> dict[str, str]:
    log.warning("page rendered without the database", extra={"reason": str(error)})
    return database_down(datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"))
