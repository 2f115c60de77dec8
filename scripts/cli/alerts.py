"""List, acknowledge and mute alerts, and test the channels that send them."""

from datetime import timedelta
from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.parsers import NUMBER, between, line
from scripts.cli.options.standard import AsJson, DataDir

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

RuleArgument = Annotated[str, typer.Argument(help="A rule of config/alerts, such as disk-low.")]

Subject = Annotated[str, typer.Argument(help="Whose, such as host or stream:okx:BTC-USDT.")]

Reason = Annotated[str, typer.Option(parser=line, metavar="TEXT", help="Why; kept with it.")]


@app.command("list", epilog="Example: uv run truetape alerts list --all --json")
def list_alerts(
    include_resolved: Annotated[
        bool, typer.Option("--all", help="Those of the last week that are over, too.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the alerts that are open. Exit code 1 if there are any."""
    from scripts.cli.alert_context import DAYS_LISTED, MOST_LISTED, describe, open_alert_context
    from utils.codec import encode

    with open_alert_context(data_dir) as context:
        opened = context.alerts.open()
        week = context.now - timedelta(days=DAYS_LISTED)
        listed = (
            context.alerts.history(week, context.now, MOST_LISTED) if include_resolved else opened
        )
    if as_json:
        typer.echo(encode(listed).decode())
    for alert in [] if as_json else listed:
        typer.echo(describe(alert))
    raise typer.Exit(ExitCode.FOUND if opened else ExitCode.OK)


@app.command(epilog="Example: uv run truetape alerts acknowledge disk-low host")
def acknowledge(rule: RuleArgument, subject: Subject, data_dir: DataDir = None) -> None:
    """Acknowledge an alert: no further notification of it is sent."""
    from scripts.cli.alert_context import describe, open_alert_context
    from utils.alerts import AlertKey

    with open_alert_context(data_dir) as context:
        alert = context.alerts.acknowledge(AlertKey(rule, subject), context.by, context.now)
    typer.echo(describe(alert))


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
    """Send no notifications of alerts for a while; RULE and SUBJECT may contain *."""
    from scripts.cli.alert_context import open_alert_context
    from utils.alerts import Mute
    from utils.alerts.rules.mute_check import require_rules

    with open_alert_context(data_dir) as context:
        require_rules(rule, subject, context.rules())
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
    """End a mute; RULE and SUBJECT as they were given to it."""
    from scripts.cli.alert_context import open_alert_context

    with open_alert_context(data_dir) as context:
        context.alerts.unmute(rule, subject)


@app.command(epilog="Example: uv run truetape alerts test telegram")
def test(channel: Annotated[str, typer.Argument(help="Which, such as mail.")]) -> None:
    """Send a test through one channel now, by the settings alone: no platform need run."""
    from config import load_settings
    from scripts.cli.alert_context import send_channel_test

    with exit_on_error():
        settings = load_settings()
        send_channel_test(settings, channel)
    typer.echo(f"{channel} accepted the test")
