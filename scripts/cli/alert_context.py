"""The alerts of a platform for commands, and the test of a channel."""

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import typer

from config import Settings
from database import open_database
from database.repositories.alerts import SqlAlertRepository
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.standard import DataDir
from scripts.composition.alerts import channel_names, outer_channels, rules_of
from scripts.composition.location import existing_platform
from scripts.composition.servers import database_url
from utils.alerts import Alert, AlertRepository, AlertRule
from utils.alerts.notify.channel_test import ChannelTestOutcome, send_test
from utils.alerts.notify.channels import LogChannel, PageChannel
from utils.alerts.notify.formats import build_test_delivery, runbook_entry
from utils.clock import SystemClock
from utils.errors import ConfigError

DAYS_LISTED = 7

MOST_LISTED = 200


@dataclass(frozen=True)
class AlertContext:
    """The context of the alert commands; `by` is the user who runs them."""

    alerts: AlertRepository
    rules: Callable[[], Sequence[AlertRule]]
    by: str
    now: datetime


@contextmanager
def open_alert_context(data_dir: DataDir) -> Iterator[AlertContext]:
    """Open the alerts of a platform; an error ends the command with one plain line."""
    with (
        exit_on_error(),
        existing_platform(data_dir) as settings,
        closing(open_database(database_url(settings), pool_size=1)) as database,
    ):
        by = f"{getpass.getuser()} (cli)"
        yield AlertContext(SqlAlertRepository(database), partial(rules_of, settings), by, _now())


def send_channel_test(settings: Settings, name: str) -> None:
    """Send a test through a channel of the settings. Raises ConfigError for an unknown one."""
    channels = {each.name: each for each in (LogChannel(), *outer_channels(settings.alerts))}
    channel = channels.get(name)
    if channel is None:
        available = ", ".join(each for each in channel_names(settings) if each != PageChannel.name)
        raise ConfigError("channel", problem=f"must be one of {available}, was {name!r}")
    message = build_test_delivery(name, f"{getpass.getuser()} (cli)", _now())
    channel_test = send_test(channel, message, SystemClock())
    if channel_test.outcome is not ChannelTestOutcome.ACCEPTED:
        typer.secho(channel_test.delivery.problem, err=True, fg="red")
        refused = channel_test.outcome is ChannelTestOutcome.REFUSED
        raise typer.Exit(ExitCode.FAILED if refused else ExitCode.UNREACHABLE)


def describe(alert: Alert) -> str:
    """Return an alert as one line."""
    state = "resolved" if alert.resolved_at else "seen" if alert.acknowledged_at else "open"
    since = f"{alert.since:%Y-%m-%d %H:%M:%S}Z"
    details = f"{alert.summary}; {alert.evidence}; see {runbook_entry(alert.remedy)}"
    return f"{state:<8} {alert.severity:<8} {since} {alert.rule} {alert.subject}: {details}"


def _now() -> datetime:
    return datetime.now(UTC)
