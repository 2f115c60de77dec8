"""Replay one bot from tape, stored signals and journal: IDENTICAL, or the first difference."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from scripts.cli.bots.context import All, Names, open_bot_context, print_json, require_names
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import Bounds, From, To, bounds_given
from scripts.cli.options.standard import AsJson, DataDir
from scripts.composition.bots import bot_checker
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache

if TYPE_CHECKING:
    from bot_manager.domain.verification import Verification


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
