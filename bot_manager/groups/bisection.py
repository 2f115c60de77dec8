"""Find the bots whose rows make a commit fail, by bisection. Pure except for `check`."""

from collections.abc import Callable, Sequence, Set

import msgspec

from bot_manager.domain.ports import LedgerStep
from data.errors import RepositoryError

_OF_BOTS = ("results", "entries", "transitions", "orders", "marks", "checkpoints")


def keep_bots(step: LedgerStep, bots: Set[str]) -> LedgerStep:
    """Return the rows of these bots, without group moves."""
    rows = {name: tuple(row for row in getattr(step, name) if row.bot in bots) for name in _OF_BOTS}
    return LedgerStep(**rows)


def drop_bots(step: LedgerStep, bots: Set[str]) -> LedgerStep:
    """Return a step without the rows of these bots."""
    return msgspec.structs.replace(step, **_fields(keep_bots(step, bots_of(step) - bots)))


def bots_of(step: LedgerStep) -> set[str]:
    """Return the bots that have rows in a step."""
    return {row.bot for name in _OF_BOTS for row in getattr(step, name)}


def failing_bots(step: LedgerStep, check: Callable[[LedgerStep], None]) -> dict[str, str]:
    """Return the bots whose rows the store refuses, with the error, by halving.

    Empty if no single bot causes the error. `check` raises RepositoryError for refused rows.
    """
    return _among(step, sorted(bots_of(step)), check)


def _among(
    step: LedgerStep, bots: Sequence[str], check: Callable[[LedgerStep], None]
) -> dict[str, str]:
    try:
        check(keep_bots(step, set(bots)))
    except RepositoryError as error:
        if len(bots) == 1:
            return {bots[0]: str(error)}
    else:
        return {}
    half = len(bots) // 2
    return _among(step, bots[:half], check) | _among(step, bots[half:], check)


def _fields(step: LedgerStep) -> dict[str, tuple[object, ...]]:
    return {name: getattr(step, name) for name in _OF_BOTS}
