"""One socket session with OKX: opened, subscribed, read, until it ends."""

import asyncio
import logging
from collections.abc import Sequence

from data.collectors.config import FeedRules
from data.collectors.connection import CannotConnect, CloseReason, Connection, Dialer
from data.collectors.feed import FeedListener
from data.collectors.okx.messages import (
    Acknowledged,
    Message,
    MessageReader,
    Pong,
    Refused,
    ServiceNotice,
    StreamArg,
    TradesPushed,
    Unhandled,
    request,
)
from data.collectors.okx.subscriptions import ArgState, RequestBudget, Subscriptions, chunks
from data.errors import ProtocolError
from data.market.instrument import InstrumentId
from data.market.trade import Trade
from utils.clock import Clock

log = logging.getLogger("truetape.collector.okx")

CLOSING_SOON = "64008"
# Temporary refusals, not caused by the argument: too many requests; internal error.
_PASSING = frozenset({"60014", "64007"})
_SHOWN_BYTES = 200


class OkxSession:
    """Subscribes some arguments on one socket and delivers its data to the listener.

    `ready` is set when every argument is live or refused, `leaving` when the exchange announced
    that it will close this socket.
    """

    def __init__(
        self,
        url: str,
        names: dict[StreamArg, InstrumentId],
        reader: MessageReader,
        listener: FeedListener,
        rules: FeedRules,
        clock: Clock,
    ) -> None:
        self.ready = asyncio.Event()
        self.leaving = asyncio.Event()
        self.live_since_s: float | None = None
        self._url = url
        self._names = names
        self._reader = reader
        self._listener = listener
        self._counters = listener.counters
        self._rules = rules
        self._clock = clock
        self._subscriptions = Subscriptions(names)
        self._budget = RequestBudget(rules.requests_per_hour)
        self._pushed: dict[StreamArg, list[Trade]] = {arg: [] for arg in names}
        self._live: set[StreamArg] = set()
        self._undecodable_s: list[float] = []
        self._requests = 0
        self._connection: Connection | None = None

    async def run(self, dialer: Dialer) -> CloseReason:
        """Connect and read until the socket ends; return the reason."""
        try:
            opened = await dialer.open(self._url)
        except CannotConnect as error:
            return error.close_reason
        self._connection = connection = Connection(opened, self._rules, self._clock)
        self._listener.on_connected()
        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [
                    tasks.create_task(connection.ping()),
                    tasks.create_task(self._keep_subscribed(connection)),
                ]
                close_reason = await connection.read(self._on_frames, self._listener)
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

    async def resubscribe(self, arg: StreamArg) -> None:
        """Unsubscribe and subscribe one silent argument; with no requests left, end the socket."""
        connection, now_s = self._connection, self._clock.monotonic_s()
        if connection is None:
            return
        if not (self._budget.take(now_s) and self._budget.take(now_s)):
            connection.abort("no requests left this hour")
            return
        self._lose(arg)
        self._subscriptions.renew(arg)
        self._subscriptions.mark_requested([arg], now_s)
        await connection.send(self._request("unsubscribe", [arg]))
        await connection.send(self._request("subscribe", [arg]))

    def carries(self, arg: StreamArg) -> bool:
        """Return whether this socket is for an argument."""
        return arg in self._names

    async def _keep_subscribed(self, connection: Connection) -> None:
        """Subscribe what is not requested yet; repeat once what was not confirmed; then give up."""
        while True:
            now_s = self._clock.monotonic_s()
            late = self._subscriptions.unanswered(now_s - self._rules.ack_timeout_s)
            if self._subscriptions.repeated(late):
                connection.abort(f"no answer to the subscription of {late[0]}")
                return
            for args in chunks([*self._subscriptions.not_requested(), *late], self._rules):
                if not self._budget.take(now_s):
                    break
                self._subscriptions.mark_requested(args, now_s)
                await connection.send(self._request("subscribe", args))
            await self._clock.sleep(self._rules.ack_timeout_s / 4)

    def _request(self, op: str, args: Sequence[StreamArg]) -> str:
        self._requests += 1
        return request(op, args, str(self._requests))

    def _on_frames(self, frames: Sequence[bytes]) -> None:
        self._counters.frames += len(frames)
        read, pushed = self._reader.read, self._pushed
        for raw in frames:
            try:
                message = read(raw)
            except ProtocolError as error:
                self._count_undecodable(raw, error)
                continue
            if type(message) is TradesPushed and (trades := pushed.get(message.arg)) is not None:
                trades += message.trades
            else:
                self._deliver()
                self._on_other(message)
        self._deliver()

    def _deliver(self) -> None:
        """Deliver the pushed trades, those of many frames of a stream at once."""
        for arg, trades in self._pushed.items():
            if trades:
                self._pushed[arg] = []
                if arg not in self._live and self._subscriptions.mark_data(arg):
                    self._live.add(arg)
                    self._note_ready()
                self._listener.on_trades(self._names[arg], trades)

    def _on_other(self, message: Message) -> None:
        match message:
            case Acknowledged("subscribe", arg):
                self._on_acknowledged(arg)
            case Acknowledged() | Pong():
                pass
            case Refused():
                self._on_refused(message)
            case ServiceNotice(code, text):
                log.warning("notice of the exchange", extra={"code": code, "text": text})
                if code == CLOSING_SOON:
                    self.leaving.set()
            case TradesPushed(arg):
                self._counters.unhandled[arg.channel] += 1
            case Unhandled(name):
                self._counters.unhandled[name] += 1

    def _on_acknowledged(self, arg: StreamArg) -> None:
        if not self._subscriptions.acknowledge(arg):
            return
        if self.live_since_s is None:
            self.live_since_s = self._clock.monotonic_s()
        self._listener.on_acknowledged(self._names[arg])

    def _on_refused(self, refused: Refused) -> None:
        facts = {"code": refused.code, "text": refused.text, "arg": str(refused.arg)}
        log.warning("request refused by the exchange", extra=facts)
        if refused.arg is None or refused.code in _PASSING:
            return
        if self._subscriptions.fail(refused.arg):
            problem = f"{refused.code}: {refused.text}"
            self._listener.on_refused(self._names[refused.arg], problem)
            self._note_ready()

    def _note_ready(self) -> None:
        if self._subscriptions.settled:
            self.ready.set()

    def _count_undecodable(self, raw: bytes, error: ProtocolError) -> None:
        self._counters.undecodable += 1
        shown = raw[:_SHOWN_BYTES].decode(errors="replace")
        log.warning("unreadable frame", extra={"error": str(error), "frame": shown})
        now_s = self._clock.monotonic_s()
        since_s = now_s - self._rules.undecodable_window_s
        self._undecodable_s = [when for when in self._undecodable_s if when > since_s] + [now_s]
        if len(self._undecodable_s) > self._rules.undecodable_limit:
            self.abort(f"{len(self._undecodable_s)} unreadable frames in a short time")

    def _lose(self, arg: StreamArg) -> None:
        if arg in self._subscriptions.in_state(ArgState.ACKED, ArgState.LIVE):
            self._listener.on_lost(self._names[arg])
        self._live.discard(arg)

    def _lose_all(self) -> None:
        for arg in self._subscriptions.in_state(ArgState.ACKED, ArgState.LIVE):
            self._listener.on_lost(self._names[arg])
