"""Commit the steps of a turn: together, else each group without the bots that fail."""

from collections.abc import Sequence
from itertools import chain

from bot_manager.domain.ports import LedgerRepository, LedgerStep
from bot_manager.groups.bisection import failing_bots
from bot_manager.groups.group_step import PreparedStep, fail_bots
from data.errors import RepositoryError
from strategies import Group
from utils.isolation import Isolation


def commit_together(
    ledger: LedgerRepository, prepared: Sequence[PreparedStep], isolation: Isolation
) -> list[PreparedStep]:
    """Commit the steps of groups; return the committed ones.

    A bot whose rows the store refuses fails, and the others continue; a group that cannot be
    committed at all is isolated.
    """
    together = _joined([one.step.commit for one in prepared])
    if together == LedgerStep():
        return list(prepared)
    try:
        ledger.commit(together)
    except RepositoryError:
        committed = []
        for one in prepared:
            with isolation.attempt(commit_item(one.chunk.group)):
                committed.append(_commit_one(ledger, one))
        return committed
    return list(prepared)


def commit_item(group: Group) -> str:
    """Return the isolation name of a group's commit."""
    return f"commit of {group}"


def _commit_one(ledger: LedgerRepository, one: PreparedStep) -> PreparedStep:
    try:
        ledger.commit(one.step.commit)
    except RepositoryError:
        problems = failing_bots(one.step.commit, ledger.check)
        if not problems:
            raise
        one = one.with_step(fail_bots(one.bots, one.chunk, one.step, problems))
        ledger.commit(one.step.commit)
    return one


def _joined(steps: Sequence[LedgerStep]) -> LedgerStep:
    names = LedgerStep.__struct_fields__
    return LedgerStep(
        **{
            name: tuple(chain.from_iterable(getattr(step, name) for step in steps))
            for name in names
        }
    )
