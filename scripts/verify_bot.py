"""Replay one bot from tape, stored signals and journal: IDENTICAL, or the first difference."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from scripts.access import DataDir
from scripts.bot_context import (
    All,
    AsJson,
    Name,
    Names,
    open_bot_context,
    print_json,
    require_names,
)
from scripts.bot_wiring import bot_checker
from scripts.exits import ExitCode, exit_on_error
from scripts.instrument_options import Bounds, From, To, bounds_given
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache

if TYPE_CHECKING:
    from bot_manager.verification.verifier import Verification

_EXAMPLE = "Example: uv run scripts/verify_bot.py my-bot --from 2026-01-31"

app = typer.Typer(add_completion=False)


def verify(
    names: Names = None,
    all_bots: All = False,
    start: From = None,
    end: To = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Replay bots from tape, signals and journal: IDENTICAL, or the first difference and why."""
    with exit_on_error():
        bounds = bounds_given(start, end)
    found = _verified(names, all_bots, bounds, data_dir)
    if as_json:
        print_json([_as_facts(one) for one in found])
    else:
        for one in found:
            typer.echo(f"{one.bot}: {_describe_result(one)}")
    if not all(one.identical for one in found):
        raise typer.Exit(ExitCode.FOUND)


def _verified(
    names: list[str] | None, all_bots: bool, bounds: Bounds, data_dir: Path | None
) -> "list[Verification]":
    with open_bot_context(data_dir) as context:
        use_compiled_cache(context.settings.folders.data_dir / "compiled")
        checker, now = bot_checker(context.database), SystemClock().now()
        chosen = (
            [bot.name for bot in context.stores.bots.all()] if all_bots else require_names(names)
        )
        return [checker.verify(name, now, bounds.start, bounds.end) for name in chosen]


def _describe_result(found: "Verification") -> str:
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
    verify([name], all_bots=False, start=start, end=end, data_dir=data_dir, as_json=as_json)


if __name__ == "__main__":
    app()
