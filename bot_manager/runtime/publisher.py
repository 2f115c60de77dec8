"""Publish after a commit. Subscribers that miss a message find the rows in the store."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

from bot_manager.domain.ledger import AccountOrder
from bot_manager.domain.lifecycle import Transition
from bot_manager.domain.topics import BOT_STATES, FILLS, OrdersMade
from strategies.topics import SIGNAL_REQUESTS, RequestsChanged
from utils.messaging import Bus, BusUnavailable, Topic
from utils.telemetry.meters import Meters

log = logging.getLogger("truetape.bots")

T = TypeVar("T")
_KIND = "bot"


class BotPublisher:
    """Publishes the topics of bots on a bus that may be unavailable."""

    def __init__(self, bus: Bus, late_after_s: float, meters: Meters | None = None) -> None:
        self._bus = bus
        self._meters = meters or Meters()
        self._late_after = timedelta(seconds=late_after_s)

    def publish_states(self, transitions: Iterable[Transition]) -> None:
        """Publish and log transitions: the log keeps a bot's history."""
        for one in transitions:
            log.info(
                "bot state changed",
                extra={
                    "bot": one.bot,
                    "before": one.before,
                    "after": one.after,
                    "rule": one.event,
                    "actor": one.actor,
                    "reason": one.reason,
                },
            )
            self._publish(BOT_STATES, one.bot, one)

    def publish_orders(self, orders: Sequence[AccountOrder], now: datetime) -> None:
        """Publish orders, once for each bot; measure the delay after their prints."""
        ordered = sorted(orders, key=lambda order: (order.bot, order.sequence))
        for bot, group in groupby(ordered, key=lambda order: order.bot):
            made = list(group)
            late = now - made[-1].time > self._late_after
            if not late:
                self._meters.time("decision", 1_000 * (now - made[-1].time).total_seconds())
            self._publish(FILLS, bot, OrdersMade(orders=made, late=late))

    def publish_request_changes(self, requesters: list[str]) -> None:
        """Notify the strategy engine that these requesters' requests changed."""
        self._publish(SIGNAL_REQUESTS, _KIND, RequestsChanged(requesters=requesters))

    def _publish(self, topic: Topic[T], key: str, value: T) -> None:
        try:
            self._bus.publish(topic, key, value)
        except BusUnavailable:
            log.debug(
                "message not published: the bus is unavailable",
                extra={"topic": topic.name, "key": key},
            )
