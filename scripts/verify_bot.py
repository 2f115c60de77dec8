"""Replay one bot from tape, stored signals and journal: IDENTICAL, or the first difference."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from scripts.access import DataDir
from scripts.bot_office import All, AsJson, Name, Names, open_office, print_json, some
from scripts.bot_wiring import bot_checker
from scripts.exits import ExitCode, plain_failures
from scripts.instrument_options import Bounds, From, To, bounds_given
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache

if TYPE_CHECKING:
    from bot_manager.checking import Verification

_EXAMPLE = "Example: uv run scripts/verify_bot.py my-bot --from 2026-01-31"

app = typer.Typer(add_completion=False)


def verify(
    names: Names = None,
    everyone: All = False,
    start: From = None,
    end: To = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Replay bots from tape, signals and journal: IDENTICAL, or the first difference and why."""
    with plain_failures():
        bounds = bounds_given(start, end)
    found = _verified(names, everyone, bounds, data_dir)
    if as_json:
        print_json([_as_facts(one) for one in found])
    else:
        for one in found:
            typer.echo(f"{one.bot}: {_verdict(one)}")
    if not all(one.identical for one in found):
        raise typer.Exit(ExitCode.FOUND)


def _verified(
    names: list[str] | None, everyone: bool, bounds: Bounds, data_dir: Path | None
) -> "list[Verification]":
    with open_office(data_dir) as office:
        use_compiled_cache(office.settings.folders.data_dir / "compiled")
        checker, now = bot_checker(office.database), SystemClock().now()
        chosen = [bot.name for bot in office.stores.bots.all()] if everyone else some(names)
        return [checker.verify(name, now, bounds.start, bounds.end) for name in chosen]


def _verdict(found: "Verification") -> str:
    if found.identical:
        return f"IDENTICAL ({found.orders} orders, {found.marks} marks, {found.stored_digest[:16]})"
    return f"DIFFERENT ({found.cause}): {found.difference}"


def _as_facts(found: "Verification") -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(found)
    return facts | {"identical": found.identical}


@app.command(epilog=_EXAMPLE)
def main(
    name: Name,
    start: From = None,
    end: To = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Replay a bot; ends with 1 if anything comes out differently."""
    verify([name], everyone=False, start=start, end=end, data_dir=data_dir, as_json=as_json)


if __name__ == "__main__":
    app()
