"""Composition: what the System page asks, and the channels it may test."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from config import Settings
from dashboard.observing.routes import Observed
from dashboard.slots import Slots
from dashboard.system.channels import ChannelBoard
from dashboard.system.chore_process import ProcessChores
from dashboard.system.chores import ChoreBoard
from dashboard.system.logs import LogBook, LogTail
from dashboard.system.quality import QualityReads
from dashboard.system.runbook import Runbook
from dashboard.system.services import SystemServices, SystemStores
from data import Timeframe
from database import open_bus
from scripts.alerting import setups_of
from scripts.chore_worker import perform
from scripts.wiring import Store, redis_url, restart_requests
from utils.alerts.setup import ChannelSetup
from utils.alerts.wording import RUNBOOK
from utils.clock import SystemClock

_ROOT = Path(__file__).parents[1]


@contextmanager
def open_channels(settings: Settings) -> Iterator[list[ChannelSetup]]:
    """Prepare every channel; the bus of the page's closes with the block. Raises ConfigError."""
    bus = open_bus(redis_url(settings), prefix=settings.redis.prefix)
    try:
        yield setups_of(settings, bus)
    finally:
        bus.close()


def system_services(
    settings: Settings,
    store: Store,
    observed: Observed,
    channels: list[ChannelSetup],
    timeframes: tuple[Timeframe, ...],
    slots: Slots,
) -> SystemServices:
    """Compose what the System page asks and commands."""
    logs, clock = settings.folders.data_dir / "log", SystemClock()
    stores = SystemStores(
        telemetry=observed.telemetry, alerts=observed.alerts, collectors=store.collectors
    )
    return SystemServices(
        stores,
        QualityReads(store.instruments, store.candles, store.holes, timeframes),
        ChoreBoard(ProcessChores(partial(perform, settings)), clock),
        ChannelBoard(channels, observed.alerts, clock, slots),
        Runbook(_ROOT / RUNBOOK),
        LogBook(logs),
        LogTail(logs),
        restart_requests(settings),
        clock,
        slots,
    )
