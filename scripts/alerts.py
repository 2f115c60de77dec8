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
from scripts.access import DataDir, existing_platform
from scripts.alerting import channel_names, channels_of
from scripts.exits import ExitCode, plain_failures
from scripts.file_options import AsJson
from scripts.option_values import NUMBER, between, line
from scripts.wiring import database_url
from utils.alerts import Alert, AlertKey, AlertRepository, Mute
from utils.alerts.channels import PageChannel
from utils.alerts.trial import TrialOutcome, try_channel
from utils.alerts.wording import runbook_entry, test_delivery
from utils.clock import SystemClock
from utils.codec import encode
from utils.errors import ConfigError
from utils.messaging import InMemoryBus

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Rule = Annotated[str, typer.Argument(help="A rule of config/alerts, such as disk-low.")]
Subject = Annotated[str, typer.Argument(help="Whose, such as host or stream:okx:BTC-USDT.")]
Reason = Annotated[str, typer.Option(parser=line, metavar="TEXT", help="Why; kept with it.")]
_DAYS_LISTED = 7
_MOST_LISTED = 200


@dataclass(frozen=True)
class Desk:
    """What the commands work with; `by` is who does it."""

    alerts: AlertRepository
    by: str
    now: datetime


@contextmanager
def open_desk(data_dir: DataDir) -> Iterator[Desk]:
    """Open the alerts of a platform; failures end the command plainly."""
    with plain_failures(), existing_platform(data_dir) as settings:
        database = open_database(database_url(settings), pool_size=1)
        try:
            yield Desk(SqlAlertRepository(database), f"{getpass.getuser()} (cli)", _now())
        finally:
            database.close()


@app.command("list", epilog="Example: uv run scripts/alerts.py list --all --json")
def list_alerts(
    everything: Annotated[
        bool, typer.Option("--all", help="Those of the last week that are over, too.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the alerts that are open. Exit code 1 if there are any."""
    with open_desk(data_dir) as desk:
        opened = desk.alerts.open()
        week = desk.now - timedelta(days=_DAYS_LISTED)
        listed = desk.alerts.history(week, desk.now, _MOST_LISTED) if everything else opened
    if as_json:
        typer.echo(encode(listed).decode())
    for alert in [] if as_json else listed:
        typer.echo(_line(alert))
    raise typer.Exit(ExitCode.FOUND if opened else ExitCode.OK)


@app.command(epilog="Example: uv run scripts/alerts.py acknowledge disk-low host")
def acknowledge(rule: Rule, subject: Subject, data_dir: DataDir = None) -> None:
    """Say that you saw an alert: it is not told again."""
    with open_desk(data_dir) as desk:
        alert = desk.alerts.acknowledge(AlertKey(rule, subject), desk.by, desk.now)
    typer.echo(_line(alert))


@app.command(
    epilog="Example: uv run scripts/alerts.py mute 'disk-*' host --hours 2 --reason moving"
)
def mute(
    rule: Rule,
    subject: Subject,
    hours: Annotated[
        float, typer.Option(parser=between(0.01, 168), metavar=NUMBER, help="For how long.")
    ] = 1,
    reason: Reason = "",
    data_dir: DataDir = None,
) -> None:
    """Spare everybody alerts for a while; both words may hold *."""
    with open_desk(data_dir) as desk:
        until = desk.now + timedelta(hours=hours)
        desk.alerts.mute(
            Mute(
                rule=rule, subject=subject, until=until, by=desk.by, reason=reason, made_at=desk.now
            )
        )
    typer.echo(f"{rule} of {subject} is muted until {until:%Y-%m-%d %H:%M} UTC")


@app.command(epilog="Example: uv run scripts/alerts.py unmute 'disk-*' host")
def unmute(rule: Rule, subject: Subject, data_dir: DataDir = None) -> None:
    """End a mute, given in its own words."""
    with open_desk(data_dir) as desk:
        desk.alerts.unmute(rule, subject)


@app.command(epilog="Example: uv run scripts/alerts.py test telegram")
def test(channel: Annotated[str, typer.Argument(help="Which, such as mail.")]) -> None:
    """Send a test through one channel now, by the settings alone: no platform need run."""
    with plain_failures():
        settings = load_settings()
        _send_test(settings, channel)
    typer.echo(f"{channel} took the test")


def _send_test(settings: Settings, name: str) -> None:
    channels = {each.name: each for each in channels_of(settings, InMemoryBus())}
    channel = channels.get(name)
    if channel is None or isinstance(channel, PageChannel):
        known = ", ".join(each for each in channel_names(settings) if each != PageChannel.name)
        raise ConfigError("channel", problem=f"must be one of {known}, was {name!r}")
    message = test_delivery(name, f"{getpass.getuser()} (cli)", _now())
    trial = try_channel(channel, message, SystemClock())
    if trial.outcome is not TrialOutcome.TAKEN:
        typer.secho(trial.delivery.problem, err=True, fg="red")
        refused = trial.outcome is TrialOutcome.REFUSED
        raise typer.Exit(ExitCode.FAILED if refused else ExitCode.UNREACHABLE)


def _line(alert: Alert) -> str:
    state = "resolved" if alert.resolved_at else "seen" if alert.acknowledged_at else "open"
    since = f"{alert.since:%Y-%m-%d %H:%M:%S}Z"
    words = f"{alert.summary}; {alert.evidence}; see {runbook_entry(alert.remedy)}"
    return f"{state:<8} {alert.severity:<8} {since} {alert.rule} {alert.subject}: {words}"


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    app()
