"""See alerts, acknowledge and mute them, and test the channels they are told on."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from config import Settings, load_settings
from database import open_database
from database.telemetry import SqlAlertRepository
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.parsers import NUMBER, between, line
from scripts.cli.options.standard import AsJson, DataDir
from scripts.composition.alerts import channel_names, channels_of
from scripts.composition.location import existing_platform
from scripts.composition.servers import database_url
from utils.alerts import Alert, AlertKey, AlertRepository, Mute
from utils.alerts.notify.channel_test import ChannelTestOutcome, send_test
from utils.alerts.notify.channels import PageChannel
from utils.alerts.notify.formats import build_test_delivery, runbook_entry
from utils.clock import SystemClock
from utils.codec import encode
from utils.errors import ConfigError
from utils.messaging import InMemoryBus

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

RuleArgument = Annotated[str, typer.Argument(help="A rule of config/alerts, such as disk-low.")]
Subject = Annotated[str, typer.Argument(help="Whose, such as host or stream:okx:BTC-USDT.")]
Reason = Annotated[str, typer.Option(parser=line, metavar="TEXT", help="Why; kept with it.")]
_DAYS_LISTED = 7
_MOST_LISTED = 200


@dataclass(frozen=True)
class AlertContext:
    """The context of the alert commands; `by` is the user who runs them."""

    alerts: AlertRepository
    by: str
    now: datetime


@contextmanager
def open_alert_context(data_dir: DataDir) -> Iterator[AlertContext]:
    """Open the alerts of a platform; an error ends the command with one plain line."""
    with exit_on_error(), existing_platform(data_dir) as settings:
        database = open_database(database_url(settings), pool_size=1)
        try:
            yield AlertContext(SqlAlertRepository(database), f"{getpass.getuser()} (cli)", _now())
        finally:
            database.close()


@app.command("list", epilog="Example: uv run truetape alerts list --all --json")
def list_alerts(
    include_resolved: Annotated[
        bool, typer.Option("--all", help="Those of the last week that are over, too.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the alerts that are open. Exit code 1 if there are any."""
    with open_alert_context(data_dir) as context:
        opened = context.alerts.open()
        week = context.now - timedelta(days=_DAYS_LISTED)
        listed = (
            context.alerts.history(week, context.now, _MOST_LISTED) if include_resolved else opened
        )
    if as_json:
        typer.echo(encode(listed).decode())
    for alert in [] if as_json else listed:
        typer.echo(_line(alert))
    raise typer.Exit(ExitCode.FOUND if opened else ExitCode.OK)


@app.command(epilog="Example: uv run truetape alerts acknowledge disk-low host")
def acknowledge(rule: RuleArgument, subject: Subject, data_dir: DataDir = None) -> None:
    """Say that you saw an alert: it is not told again."""
    with open_alert_context(data_dir) as context:
        alert = context.alerts.acknowledge(AlertKey(rule, subject), context.by, context.now)
    typer.echo(_line(alert))


@app.command(epilog="Example: uv run truetape alerts mute 'disk-*' host --hours 2 --reason moving")
def mute(
    rule: RuleArgument,
    subject: Subject,
    hours: Annotated[
        float, typer.Option(parser=between(0.01, 168), metavar=NUMBER, help="For how long.")
    ] = 1,
    reason: Reason = "",
    data_dir: DataDir = None,
) -> None:
    """Spare everybody alerts for a while; both words may hold *."""
    with open_alert_context(data_dir) as context:
        until = context.now + timedelta(hours=hours)
        context.alerts.mute(
            Mute(
                rule=rule,
                subject=subject,
                until=until,
                by=context.by,
                reason=reason,
                made_at=context.now,
            )
        )
    typer.echo(f"{rule} of {subject} is muted until {until:%Y-%m-%d %H:%M} UTC")


@app.command(epilog="Example: uv run truetape alerts unmute 'disk-*' host")
def unmute(rule: RuleArgument, subject: Subject, data_dir: DataDir = None) -> None:
    """End a mute, given in its own words."""
    with open_alert_context(data_dir) as context:
        context.alerts.unmute(rule, subject)


@app.command(epilog="Example: uv run truetape alerts test telegram")
def test(channel: Annotated[str, typer.Argument(help="Which, such as mail.")]) -> None:
    """Send a test through one channel now, by the settings alone: no platform need run."""
    with exit_on_error():
        settings = load_settings()
        _send_test(settings, channel)
    typer.echo(f"{channel} took the test")


def _send_test(settings: Settings, name: str) -> None:
    channels = {each.name: each for each in channels_of(settings, InMemoryBus())}
    channel = channels.get(name)
    if channel is None or isinstance(channel, PageChannel):
        available = ", ".join(each for each in channel_names(settings) if each != PageChannel.name)
        raise ConfigError("channel", problem=f"must be one of {available}, was {name!r}")
    message = build_test_delivery(name, f"{getpass.getuser()} (cli)", _now())
    channel_test = send_test(channel, message, SystemClock())
    if channel_test.outcome is not ChannelTestOutcome.ACCEPTED:
        typer.secho(channel_test.delivery.problem, err=True, fg="red")
        refused = channel_test.outcome is ChannelTestOutcome.REFUSED
        raise typer.Exit(ExitCode.FAILED if refused else ExitCode.UNREACHABLE)


def _line(alert: Alert) -> str:
    state = "resolved" if alert.resolved_at else "seen" if alert.acknowledged_at else "open"
    since = f"{alert.since:%Y-%m-%d %H:%M:%S}Z"
    details = f"{alert.summary}; {alert.evidence}; see {runbook_entry(alert.remedy)}"
    return f"{state:<8} {alert.severity:<8} {since} {alert.rule} {alert.subject}: {details}"


def _now() -> datetime:
    return datetime.now(UTC)
