"""Handle REST requests: rate limits, faults and envelopes around the answers."""

import asyncio
from collections import deque
from dataclasses import replace
from decimal import Decimal

import msgspec

from data.simulator.exchange import Exchange
from data.simulator.faults.kinds import CandleRevision, ClockSkew, RestDamage, RestFault
from data.simulator.faults.registry import Armed
from data.simulator.market.bars import BARS
from data.simulator.market.prng import key_of
from data.simulator.protocol.rest import ENDPOINTS, RestEndpoint, RestError, Rows, View, candle_page
from data.simulator.transport.web import WebAnswer, WebRequest

_TOO_MANY = RestError("50011", "Too Many Requests", 429)
_ERRORS = {
    RestDamage.RATE_LIMIT: _TOO_MANY,
    RestDamage.RATE_LIMIT_AS_200: RestError("50011", "Too Many Requests"),
    RestDamage.UNAVAILABLE: RestError("50001", "Service temporarily unavailable.", 503),
    RestDamage.SYSTEM_ERROR: RestError("50026", "System error. Please try again later.", 500),
}
_HISTORY = "/api/v5/market/history-candles"
_CANDLES = ("/api/v5/market/candles", _HISTORY)


class RestHandler:
    """Handles requests under `/api/v5/`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._request_times: dict[str, deque[float]] = {path: deque() for path in ENDPOINTS}
        self._requests = 0

    async def answer(self, request: WebRequest) -> WebAnswer:
        """Handle one request; never raises."""
        self._requests += 1
        try:
            return await self._try_answer(request)
        except RestError as error:
            return _refused(error)

    async def _try_answer(self, request: WebRequest) -> WebAnswer:
        endpoint = ENDPOINTS.get(request.path)
        if endpoint is None:
            raise RestError("404", "Not Found", 404)
        if request.method != "GET":
            raise RestError("50115", "Invalid request method.", 405)
        self._count(request, endpoint)
        view, faults = self._view(), self._faults(request)
        for _, fault in faults:
            view = await self._spoil_before(fault, view)
        await self._prepare(request, view)
        found = endpoint.answer(view, request.query)
        for _, fault in faults:
            found = _spoiled(fault, found, request.path)
            if fault.kind is RestDamage.NOT_JSON:
                return WebAnswer(b"<html>502 Bad Gateway</html>", 502)
        found = self._revised(request, found)
        return WebAnswer(msgspec.json.encode({"code": "0", "msg": "", "data": found}))

    def _view(self) -> View:
        exchange = self._exchange
        now_ms = exchange.clock.now_ms()
        skew_ms = sum(fault.offset_ms for _, fault in exchange.registry.due(ClockSkew))
        return View(exchange.catalog, exchange.histories, now_ms, now_ms + skew_ms)

    def _count(self, request: WebRequest, endpoint: RestEndpoint) -> None:
        if not self._exchange.config.limits.rest_rates:
            return
        recent_requests, now_s = self._request_times[request.path], self._exchange.monotonic_s()
        while recent_requests and now_s - recent_requests[0] > endpoint.per_s:
            recent_requests.popleft()
        if len(recent_requests) >= endpoint.requests:
            raise _TOO_MANY
        recent_requests.append(now_s)

    def _faults(self, request: WebRequest) -> list[tuple[Armed, RestFault]]:
        registry = self._exchange.registry
        found = [
            (armed, fault)
            for armed, fault in registry.due(RestFault)
            if request.path.startswith(fault.endpoint)
            and registry.triggers(armed, key_of(request.path), self._requests)
        ]
        for armed, fault in found:
            registry.note(armed, path=request.path, kind=fault.kind.value)
        return found

    async def _spoil_before(self, fault: RestFault, view: View) -> View:
        if fault.kind in _ERRORS:
            raise _ERRORS[fault.kind]
        if fault.kind is RestDamage.TIMEOUT:
            await asyncio.sleep(fault.hold_s)
            raise RestError("50004", "API endpoint request timeout.", 400)
        if fault.kind is RestDamage.STALE_PAGE:
            return replace(view, now_ms=view.now_ms - int(fault.lag_ms))
        return view

    async def _prepare(self, request: WebRequest, view: View) -> None:
        """Prepare the candles' blocks one by one, so that live streams go on meanwhile."""
        if request.path not in _CANDLES:
            return
        page = candle_page(view, request.query)
        stop_ms = min(page.stop_ms, view.now_ms)
        if page.start_ms < stop_ms:
            for block in page.history.blocks_of(page.start_ms, stop_ms):
                page.history.prepare(page.bar, block)
                await asyncio.sleep(0)

    def _revised(self, request: WebRequest, found: Rows) -> Rows:
        if request.path not in _CANDLES:
            return found
        inst_id, bar = request.query["instId"], request.query.get("bar", "1m")
        for armed, fault in self._exchange.registry.due(CandleRevision):
            if fault.inst_id in ("", inst_id) and fault.bar == bar:
                found = [self._revise(armed, fault, inst_id, row) for row in found]
        return found

    def _revise(self, armed: Armed, fault: CandleRevision, inst_id: str, row: object) -> object:
        assert isinstance(row, list)
        open_ms, confirmed = int(row[0]), row[8] == "1"
        if not confirmed or open_ms // BARS[fault.bar].length_ms % fault.every:
            return row
        self._exchange.registry.note(armed, inst_id=inst_id, bar=fault.bar, open_ms=open_ms)
        step = Decimal(self._exchange.histories[inst_id].listing.size_step)
        return [*row[:5], str(Decimal(row[5]) + step), *row[6:]]


def _refused(error: RestError) -> WebAnswer:
    body: dict[str, object] = {"code": error.code, "msg": error.msg}
    if error.status != _TOO_MANY.status:
        body["data"] = []
    return WebAnswer(msgspec.json.encode(body), error.status)


def _spoiled(fault: RestFault, found: Rows, path: str) -> Rows:
    if fault.kind is RestDamage.EMPTY_PAGE:
        return []
    if fault.kind is RestDamage.UNCONFIRMED_FIRST and path in _CANDLES and found:
        first = found[0]
        assert isinstance(first, list)
        return [[*first[:-1], "0"], *found[1:]]
    return found
