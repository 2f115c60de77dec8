"""Create, watch and command bots."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot_manager.bot_warnings import BotWarnings
from bot_manager.config import read_bot_json
from bot_manager.editing import edited
from bot_manager.lifecycle import Rule, allowed_commands
from bot_manager.proof import Proof
from bot_manager.results import portfolio_of_bot
from bot_manager.status import BotStatus
from bot_manager.versions import ConfigVersion
from data import EPOCH
from database.signals import SqlStrategyRepository
from scripts.access import DataDir
from scripts.bot_office import (
    All,
    AsJson,
    File,
    Name,
    Names,
    Reason,
    open_office,
    print_json,
    say,
    some,
)
from scripts.verify_bot import verify

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Given = Annotated[
    list[str], typer.Option("--set", metavar="FIELD=VALUE", help="As in exits.stop_loss_bps=150.")
]

_EVER = (EPOCH, datetime.max.replace(tzinfo=UTC))


@app.command("list", epilog="Example: uv run scripts/bots.py list --json")
def list_bots(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List all bots with their states and what verifying them found."""
    with open_office(data_dir) as office:
        bots, proofs = office.stores.bots.all(), office.proofs.latest()
    if as_json:
        print_json([{"status": bot, "proof": proofs.get(bot.name)} for bot in bots])
        return
    for bot in bots:
        badge = _badge(proofs.get(bot.name))
        line = f"{bot.name:<32} {bot.state:<11} {_wanted(bot):<20} {badge:<20} {bot.reason}"
        typer.echo(line.rstrip())


@app.command(epilog="Example: uv run scripts/bots.py show my-bot")
def show(name: Name, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show a bot: its configuration, its state, its portfolio and its history."""
    with open_office(data_dir) as office:
        version, status = office.desk.newest(name), office.stores.bots.get(name)
        transitions = office.stores.bots.transitions(name)
        orders = office.stores.ledger.orders(name, *_EVER)
        marks = office.stores.ledger.equity(name, *_EVER)
        proof = office.proofs.latest([name]).get(name)
        warnings = BotWarnings(office.stores.signals, SqlStrategyRepository(office.database)).of(
            version.config,
            office.stores.instruments.get(version.config.instrument_id),
            office.stores.ledger.journal(name),
            orders,
        )
    portfolio = portfolio_of_bot(version.config.capital, orders, marks)
    assert status is not None, "a bot with a version has a status"
    shown = {
        "status": status,
        "warnings": warnings,
        "config": json.loads(version.config.model_dump_json()),
        "can": allowed_commands(status.state),
        "portfolio": portfolio,
        "proof": proof,
        "transitions": transitions,
    }
    if as_json:
        print_json(shown)
        return
    typer.echo(f"{name}: {status.state} {_wanted(status)}, version {version.number}")
    for warning in warnings:
        typer.echo(f"warning: {warning.text}")
    typer.echo(version.config.model_dump_json(indent=2))
    equity = f"{portfolio.equity.normalize():f} {version.config.instrument_id.quote}".rstrip()
    typer.echo(
        f"equity {equity}, position {portfolio.position.normalize():f}, "
        f"realised {portfolio.realised.normalize():f}, fees {portfolio.fees.normalize():f}, "
        f"drawdown {portfolio.drawdown:.2%}, {sum(order.filled for order in orders)} fills"
    )
    typer.echo(f"verified: {_badge(proof)}")
    for one in transitions:
        when = one.made_at.isoformat(timespec="seconds")
        typer.echo(f"{when}  {one.before} -> {one.after}  {one.rule} by {one.actor}: {one.reason}")


@app.command(epilog="Example: uv run scripts/bots.py create config/bots/my-bot.json")
def create(
    file: File, reason: Reason = "", data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Create the bot of a file."""
    with open_office(data_dir) as office:
        version = office.desk.create(read_bot_json(_text(file), source=str(file)), reason)
    _say_version(as_json, version, "is created")


@app.command(epilog="Example: uv run scripts/bots.py change config/bots/my-bot.json")
def change(
    file: File, reason: Reason = "", data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Give a bot the configuration of a file, from its next start on."""
    with open_office(data_dir) as office:
        version = office.desk.change(read_bot_json(_text(file), source=str(file)), reason)
    _say_version(as_json, version)


@app.command(epilog="Example: uv run scripts/bots.py edit my-bot --set capital=500")
def edit(
    name: Name, given: Given, reason: Reason = "", data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """Give fields of a bot's configuration other values, from its next start on."""
    with open_office(data_dir) as office:
        version = office.desk.change(edited(office.desk.newest(name).config, given), reason)
    _say_version(as_json, version)


@app.command(epilog="Example: uv run scripts/bots.py versions my-bot")
def versions(name: Name, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show every version of a bot's configuration: who changed what, when and why."""
    with open_office(data_dir) as office:
        office.desk.newest(name)
        made = office.stores.bots.versions(name)
    if as_json:
        print_json([_version_facts(version) for version in made])
        return
    for version in made:
        when = version.made_at.isoformat(timespec="seconds")
        typer.echo(f"version {version.number}  {when}  by {version.actor}: {version.reason}")
        typer.echo("".join(f"  {line}\n" for line in _changes(version)), nl=False)


@app.command(epilog="Example: uv run scripts/bots.py rollback my-bot 1")
def rollback(
    name: Name,
    number: Annotated[int, typer.Argument(metavar="VERSION", min=1, max=1_000_000)],
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Go back to an older version of a bot's configuration, from its next start on."""
    with open_office(data_dir) as office:
        version = office.desk.rollback(name, number, reason)
    _say_version(as_json, version)


@app.command(epilog="Example: uv run scripts/bots.py clone my-bot my-other-bot")
def clone(
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME")],
    reason: Reason = "",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create a bot that is configured as another."""
    with open_office(data_dir) as office:
        version = office.desk.clone(name, new_name, reason)
    _say_version(as_json, version, "is created")


app.command("verify", epilog="Example: uv run scripts/bots.py verify my-bot")(verify)


def _commanding(rule: Rule, does: str) -> Callable[..., None]:
    def command(
        names: Names = None,
        everyone: All = False,
        reason: Reason = "",
        data_dir: DataDir = None,
        as_json: AsJson = False,
    ) -> None:
        with open_office(data_dir) as office:
            if everyone:
                one = office.desk.command_all(rule, reason)
                facts: object = {"all": True, "command": rule, "number": one.number}
                return say(as_json, facts, f"all bots are asked to {rule}")
            asked = office.desk.command(some(names), rule, reason)
        facts = [{"bot": one.request.bot, "number": one.number} for one in asked]
        say(as_json, facts, "\n".join(f"{one.request.bot} is asked to {rule}" for one in asked))
        return None

    command.__doc__ = does
    return command


for _rule, _does in {
    Rule.START: "Start bots: they follow their strategy from now on.",
    Rule.PAUSE: "Pause bots: no new entries, exits are managed.",
    Rule.RESUME: "Resume bots, and lift what a protection halted.",
    Rule.FLATTEN: "Close the positions of bots, which go on.",
    Rule.STOP: "Stop bots, closing their positions at the next print.",
    Rule.KEEP: "Stop bots at once, keeping their positions.",
    Rule.KILL: "Kill bots: flat at the next print, whatever else is going on.",
    Rule.ARCHIVE: "Put bots away that have stopped; their history is kept.",
}.items():
    _epilog = f"Example: uv run scripts/bots.py {_rule} my-bot --reason lunch"
    app.command(_rule.value, epilog=_epilog)(_commanding(_rule, _does))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _wanted(bot: BotStatus) -> str:
    return "" if bot.wanted == bot.state else f"(wanted {bot.wanted})"


def _badge(proof: Proof | None) -> str:
    if proof is None:
        return "not verified yet"
    return f"{'IDENTICAL' if proof.identical else 'DIFFERENT'} {proof.verified_at:%Y-%m-%d}"


def _say_version(as_json: bool, version: ConfigVersion, words: str = "") -> None:
    said = words or f"version {version.number}"
    lines = [f"{version.bot} {said}" if words else f"{version.bot}: {said}", *_changes(version)]
    facts = {"bot": version.bot, "version": version.number, "changes": version.changes}
    say(as_json, facts, "\n".join(lines))


def _changes(version: ConfigVersion) -> list[str]:
    return [f"{one.field}: {one.before or '-'} -> {one.after or '-'}" for one in version.changes]


def _version_facts(version: ConfigVersion) -> dict[str, object]:
    return {
        "number": version.number,
        "made_at": version.made_at,
        "actor": version.actor,
        "reason": version.reason,
        "changes": version.changes,
        "config": json.loads(version.config.model_dump_json()),
    }


if __name__ == "__main__":
    app()
