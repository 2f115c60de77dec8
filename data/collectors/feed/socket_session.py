"""One socket session with an exchange: opened, subscribed, read, until it ends."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from data.collectors.config import FeedRules
from data.collectors.feed.connection import (
    CannotConnect,
    CloseReason,
    Connection,
    ConnectionEnded,
    Dialer,
)
from data.collectors.feed.feed import FeedListener
from data.collectors.feed.protocol import (
    Acknowledged,
    Message,
    PingReceived,
    Refused,
    ServiceNotice,
    StreamProtocol,
    TradesPushed,
    Unhandled,
)
from data.collectors.feed.subscriptions import (
    RequestBudget,
    Subscriptions,
    SubscriptionState,
    chunks,
)
from data.errors import ProtocolError
from data.market.instrument import InstrumentId
from data.market.trade import Trade
from utils.clock import Clock

log = logging.getLogger("truetape.collector.socket")

_SHOWN_BYTES = 200


class SocketSession:
    """Subscribes some symbols on one socket and delivers its data to the listener.

    `ready` is set when every symbol is live or refused, `leaving` when the exchange announced
    that it will close this socket.
    """

    def __init__(
        self,
        url: str,
        instruments: Iterable[InstrumentId],
        protocol: StreamProtocol,
        listener: FeedListener,
        rules: FeedRules,
        clock: Clock,
    ) -> None:
        self.ready = asyncio.Event()
        self.leaving = asyncio.Event()
        self.live_since_s: float | None = None
        self._url = url
        self._names = {instrument.symbol: instrument for instrument in instruments}
        self.protocol = protocol
        self._listener = listener
        self._counters = listener.counters
        self._rules = rules
        self._clock = clock
        self._subscriptions = Subscriptions(self._names)
        self._budget = RequestBudget(rules.requests_per_hour)
        self._pushed: dict[str, list[Trade]] = {symbol: [] for symbol in self._names}
        self._live: set[str] = set()
        self._undecodable_s: list[float] = []
        self._connection: Connection | None = None
        self._responses = asyncio.TaskGroup()

    async def run(self, dialer: Dialer) -> CloseReason:
        """Connect and read until the socket ends; return the reason."""
        try:
            opened = await dialer.open(self._url)
        except CannotConnect as error:
            return error.close_reason
        self._connection = connection = Connection(opened, self._rules, self._clock)
        self._listener.on_connected()
        try:
            async with self._responses as tasks:
                helpers = [
                    tasks.create_task(connection.keep_alive(self.protocol.ping)),
                    tasks.create_task(self._keep_subscribed(connection)),
                ]
                close_reason = await self._read(connection)
                for helper in helpers:
                    helper.cancel()
            return close_reason
        finally:
            opened.transport.abort()
            self._lose_all()

    async def close(self) -> None:
        """Close the socket; `run` returns."""
        if self._connection is not None:
            await self._connection.close()

    def abort(self, reason: str) -> None:
        """Abort the socket; `run` returns."""
        if self._connection is not None:
            self._connection.abort(reason)

    async def resubscribe(self, symbol: str) -> None:
        """Unsubscribe and subscribe one silent symbol; with no requests left, end the socket."""
        connection, now_s = self._connection, self._clock.monotonic_s()
        if connection is None:
            return
        if not (self._budget.take(now_s) and self._budget.take(now_s)):
            connection.abort("hourly limit of subscription requests reached")
            return
        self._lose(symbol)
        self._subscriptions.renew(symbol)
        self._subscriptions.mark_requested([symbol], now_s)
        await connection.send(self.protocol.unsubscribe([symbol]))
        await connection.send(self.protocol.subscribe([symbol]))

    def carries(self, symbol: str) -> bool:
        """Return whether this socket is for a symbol."""
        return symbol in self._names

    async def _keep_subscribed(self, connection: Connection) -> None:
        """Subscribe what is not requested yet; repeat once what was not confirmed; then give up."""
        while True:
            now_s = self._clock.monotonic_s()
            late = self._subscriptions.unanswered(now_s - self._rules.ack_timeout_s)
            if self._subscriptions.repeated(late):
                connection.abort(f"no response to the subscription to {late[0]}")
                return
            for symbols in self._requests_for([*self._subscriptions.not_requested(), *late]):
                if not self._budget.take(now_s):
                    break
                self._subscriptions.mark_requested(symbols, now_s)
                await connection.send(self.protocol.subscribe(symbols))
            await self._clock.sleep(self._rules.ack_timeout_s / 4)

    def _requests_for(self, symbols: Sequence[str]) -> list[list[str]]:
        return chunks(symbols, self._rules, self.protocol.subscribe)

    async def _read(self, connection: Connection) -> CloseReason:
        """Process frames at the listener's pace until the connection ends; return the reason."""
        while True:
            try:
                frames = await connection.receive()
            except ConnectionEnded as ended:
                return ended.close_reason
            self._process(frames)
            if self._listener.full:
                await connection.pause_until(self._listener.wait_for_capacity())

    def _process(self, frames: Sequence[bytes]) -> None:
        self._counters.frames += len(frames)
        read, pushed = self.protocol.read, self._pushed
        for raw in frames:
            try:
                message = read(raw)
            except ProtocolError as error:
                self._count_undecodable(raw, error)
                continue
            if type(message) is TradesPushed and (trades := pushed.get(message.symbol)) is not None:
                trades += message.trades
            else:
                self._deliver()
                self._on_other(message)
        self._deliver()

    def _deliver(self) -> None:
        """Deliver the pushed trades, those of many frames of a stream at once."""
        for symbol, trades in self._pushed.items():
            if trades:
                self._pushed[symbol] = []
                if symbol not in self._live and self._subscriptions.mark_data(symbol):
                    self._live.add(symbol)
                    self._note_ready()
                self._listener.on_trades(self._names[symbol], trades)

    def _on_other(self, message: Message) -> None:
        match message:
            case Acknowledged(symbol):
                self._on_acknowledged(symbol)
            case PingReceived(response):
                self._respond(response)
            case Refused():
                self._on_refused(message)
            case ServiceNotice(code, text, is_closing):
                log.warning("exchange notice received", extra={"code": code, "text": text})
                if is_closing:
                    self.leaving.set()
            case TradesPushed():
                self._counters.unhandled["trades"] += 1
            case Unhandled(name):
                self._counters.unhandled[name] += 1

    def _respond(self, response: str) -> None:
        if self._connection is not None:
            self._responses.create_task(self._connection.send(response))

    def _on_acknowledged(self, symbol: str) -> None:
        if not self._subscriptions.acknowledge(symbol):
            return
        if self.live_since_s is None:
            self.live_since_s = self._clock.monotonic_s()
        self._listener.on_acknowledged(self._names[symbol])

    def _on_refused(self, refused: Refused) -> None:
        symbol = refused.symbol
        facts = {"code": refused.code, "text": refused.text, "symbol": symbol}
        log.warning("request refused by the exchange", extra=facts)
        if symbol is None or refused.is_temporary:
            return
        if self._subscriptions.fail(symbol):
            self._listener.on_refused(self._names[symbol], f"{refused.code}: {refused.text}")
            self._note_ready()

    def _note_ready(self) -> None:
        if self._subscriptions.settled:
            self.ready.set()

    def _count_undecodable(self, raw: bytes, error: ProtocolError) -> None:
        self._counters.undecodable += 1
        shown = raw[:_SHOWN_BYTES].decode(errors="replace")
        log.warning("unreadable frame ignored", extra={"error": str(error), "frame": shown})
        now_s = self._clock.monotonic_s()
        since_s = now_s - self._rules.undecodable_window_s
        self._undecodable_s = [when for when in self._undecodable_s if when > since_s] + [now_s]
        if len(self._undecodable_s) > self._rules.undecodable_limit:
            self.abort(
                f"{len(self._undecodable_s)} unreadable frames within "
                f"{self._rules.undecodable_window_s:g} s"
            )

    def _lose(self, symbol: str) -> None:
        if symbol in self._delivering():
            self._listener.on_lost(self._names[symbol])
        self._live.discard(symbol)

    def _lose_all(self) -> None:
        for symbol in self._delivering():
            self._listener.on_lost(self._names[symbol])

    def _delivering(self) -> list[str]:
        return self._subscriptions.in_state(SubscriptionState.ACKED, SubscriptionState.LIVE)
