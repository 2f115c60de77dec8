"""Create, watch and command bots."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from bot_manager.asking import BotDesk
from bot_manager.config import read_bot_json
from bot_manager.lifecycle import Rule, allowed_commands
from bot_manager.results import portfolio_of_bot
from bot_manager.service.stores import BotStores
from bot_manager.status import BotStatus
from config import load_settings
from data import EPOCH
from database import open_bus
from scripts.bot_wiring import open_bot_stores
from scripts.exits import ExitCode, plain_failures
from scripts.wiring import redis_url
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache
from utils.errors import ConfigError

if TYPE_CHECKING:
    from bot_manager.checking import Verification

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Names = Annotated[list[str] | None, typer.Argument(metavar="BOT...", help="Names of bots.")]
Name = Annotated[str, typer.Argument(metavar="BOT", help="Name of a bot.")]
All = Annotated[bool, typer.Option("--all", help="Every bot that can do it now.")]
Reason = Annotated[str, typer.Option(help="Why: kept in the bot's history.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
File = Annotated[Path, typer.Argument(metavar="FILE.json", help="A bot, as in config/bots.")]

_COMPILED = "compiled"
_EVER = (EPOCH, datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Office:
    """What the commands of this file work with."""

    stores: BotStores
    desk: BotDesk


@contextmanager
def _office() -> Iterator[Office]:
    with plain_failures():
        settings = load_settings()
        use_compiled_cache(settings.folders.data_dir / _COMPILED)
        bus = open_bus(redis_url(settings), prefix=settings.redis.prefix)
        try:
            with open_bot_stores(settings) as stores:
                yield Office(stores, BotDesk(stores.bots, bus, SystemClock(), "command line"))
        finally:
            bus.close()


@app.command("list", epilog="Example: uv run scripts/bots.py list --json")
def list_bots(as_json: AsJson = False) -> None:
    """List all bots with their states."""
    with _office() as office:
        bots = office.stores.bots.all()
    if as_json:
        _print_json(bots)
        return
    for bot in bots:
        typer.echo(f"{bot.name:<32} {bot.state:<11} {_wanted(bot):<20} {bot.reason}".rstrip())


@app.command(epilog="Example: uv run scripts/bots.py show my-bot")
def show(name: Name, as_json: AsJson = False) -> None:
    """Show a bot: its configuration, its state and its history."""
    with _office() as office:
        version = office.desk.newest(name)
        status = office.stores.bots.get(name)
        transitions = office.stores.bots.transitions(name)
        orders = office.stores.ledger.orders(name, *_EVER)
        marks = office.stores.ledger.equity(name, *_EVER)
    portfolio = portfolio_of_bot(version.config.capital, orders, marks)
    assert status is not None, "a bot with a version has a status"
    shown = {
        "status": status,
        "config": json.loads(version.config.model_dump_json()),
        "can": allowed_commands(status.state),
        "portfolio": portfolio,
        "transitions": transitions,
    }
    if as_json:
        _print_json(shown)
        return
    typer.echo(f"{name}: {status.state} {_wanted(status)}, version {version.number}")
    typer.echo(version.config.model_dump_json(indent=2))
    typer.echo(
        f"equity {portfolio.equity.normalize():f}, position {portfolio.position.normalize():f}, "
        f"realised {portfolio.realised.normalize():f}, fees {portfolio.fees.normalize():f}, "
        f"drawdown {portfolio.drawdown:.2%}, {sum(order.filled for order in orders)} fills"
    )
    for one in transitions:
        when = one.made_at.isoformat(timespec="seconds")
        typer.echo(f"{when}  {one.before} -> {one.after}  {one.rule} by {one.actor}: {one.reason}")


@app.command(epilog="Example: uv run scripts/bots.py create config/bots/my-bot.json")
def create(file: File, reason: Reason = "", as_json: AsJson = False) -> None:
    """Create the bot of a file."""
    with _office() as office:
        version = office.desk.create(read_bot_json(_text(file), source=str(file)), reason)
    _say(as_json, {"bot": version.bot, "version": version.number}, f"{version.bot} is created")


@app.command(epilog="Example: uv run scripts/bots.py change config/bots/my-bot.json")
def change(file: File, reason: Reason = "", as_json: AsJson = False) -> None:
    """Give a bot the configuration of a file, from its next start on."""
    with _office() as office:
        version = office.desk.change(read_bot_json(_text(file), source=str(file)), reason)
    lines = [f"{one.field}: {one.before or '-'} -> {one.after or '-'}" for one in version.changes]
    facts = {"bot": version.bot, "version": version.number, "changes": version.changes}
    _say(as_json, facts, "\n".join([f"{version.bot}: version {version.number}", *lines]))


@app.command(epilog="Example: uv run scripts/bots.py clone my-bot my-other-bot")
def clone(
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Create a bot that is configured as another."""
    with _office() as office:
        version = office.desk.clone(name, new_name, reason)
    _say(as_json, {"bot": version.bot, "version": version.number}, f"{version.bot} is created")


@app.command(epilog="Example: uv run scripts/bots.py verify my-bot")
def verify(names: Names = None, everyone: All = False, as_json: AsJson = False) -> None:
    """Replay bots from tape, signals and journal: IDENTICAL, or the first difference."""
    with _office() as office:
        # Imported here: it loads the compiler, and after the folder of compiled code is chosen.
        from bot_manager.checking import Checker

        stores = office.stores
        checker = Checker(stores.bots, stores.ledger, stores.trades, stores.signals)
        chosen = [bot.name for bot in stores.bots.all()] if everyone else _some(names)
        found = [checker.verify(name) for name in chosen]
    if as_json:
        _print_json([_as_facts(one) for one in found])
    else:
        for one in found:
            typer.echo(f"{one.bot}: {_verdict(one)}")
    if not all(one.identical for one in found):
        raise typer.Exit(ExitCode.FOUND)


def _commanding(rule: Rule, does: str) -> Callable[..., None]:
    def command(
        names: Names = None, everyone: All = False, reason: Reason = "", as_json: AsJson = False
    ) -> None:
        with _office() as office:
            chosen = office.desk.able(rule) if everyone else _some(names)
            asked = office.desk.command(chosen, rule, reason)
        facts = [{"bot": one.request.bot, "number": one.number} for one in asked]
        _say(as_json, facts, "\n".join(f"{one.request.bot} is asked to {rule}" for one in asked))

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


def _some(names: list[str] | None) -> list[str]:
    if not names:
        raise ConfigError("BOT", problem="name at least one, or say --all")
    return list(dict.fromkeys(names))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _wanted(bot: BotStatus) -> str:
    return "" if bot.wanted == bot.state else f"(wanted {bot.wanted})"


def _verdict(found: "Verification") -> str:
    if found.identical:
        return f"IDENTICAL ({found.orders} orders, {found.marks} marks, {found.stored_digest[:16]})"
    return f"DIFFERENT: {found.difference}"


def _as_facts(found: "Verification") -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(found)
    return facts | {"identical": found.identical}


def _say(as_json: bool, facts: object, words: str) -> None:
    if as_json:
        _print_json(facts)
    elif words:
        typer.echo(words)


def _print_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


if __name__ == "__main__":
    app()
