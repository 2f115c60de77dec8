"""The verification of bots for a command, and its results."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from scripts.cli.bots.context import open_bot_context, require_names
from scripts.cli.options.instruments import Bounds
from scripts.composition.bots import bot_checker
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache

if TYPE_CHECKING:
    from bot_manager.domain.verification import Verification


def verify_bots(
    names: list[str] | None, all_bots: bool, bounds: Bounds, data_dir: Path | None
) -> "list[Verification]":
    """Replay bots from the last verification before the bounds, or from their start."""
    with open_bot_context(data_dir) as context:
        use_compiled_cache(context.settings.folders.data_dir / "compiled")
        checker, now = bot_checker(context.database), SystemClock().now()
        chosen = (
            [bot.name for bot in context.stores.bots.all()] if all_bots else require_names(names)
        )
        return [checker.verify(name, now, bounds.start, bounds.end) for name in chosen]


def describe_result(found: "Verification") -> str:
    """Return a result as one line."""
    if found.identical:
        return f"IDENTICAL ({found.orders} orders, {found.marks} marks, {found.stored_digest[:16]})"
    return f"DIFFERENT ({found.cause}): {found.difference}"


def result_facts(found: "Verification") -> dict[str, Any]:
    """Return a result for programs."""
    facts: dict[str, Any] = msgspec.to_builtins(found)
    return facts | {"identical": found.identical}
