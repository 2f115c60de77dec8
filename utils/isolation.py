"""Isolation of failures: an error of one item of a loop is logged and kept, and ends no other item.

A loop over feeds, groups, files, rules or instruments runs each of them in `Isolation.attempt`.
Failing items are reported with the process (`ItemFailures`), so that an alert names them.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from utils.backoff import Backoff
from utils.clock import Clock
from utils.errors import TruetapeError

log = logging.getLogger("truetape.isolation")

MAX_ITEMS = 1_000
"""The most failing items kept in one process; the oldest are dropped."""

_MAX_PROBLEM = 300


@dataclass(slots=True)
class _Failure:
    backoff: Backoff
    problem: str = ""
    retry_at_s: float = 0.0


@dataclass(slots=True)
class ItemFailures:
    """The failing items of one process by `part item`, with the last error of each."""

    _failures: dict[str, _Failure] = field(default_factory=dict)

    def problems(self) -> dict[str, str]:
        """Return the last error of every failing item. Safe from any thread."""
        return {name: failure.problem for name, failure in list(self._failures.items())}


class ItemFailed(TruetapeError):
    """An item failed as a whole; the message holds the errors of its parts."""


class Attempt:
    """One run of an item; `problem` holds the error once it has failed."""

    def __init__(self) -> None:
        self.problem = ""

    @property
    def failed(self) -> bool:
        """Return whether it raised."""
        return bool(self.problem)


class Isolation:
    """Runs the items of one part of a process. Used by one thread or event loop.

    `passing` errors concern every item, such as an unavailable store: they are raised. A failed
    item is due again after a growing delay of `first_s` to `cap_s` seconds.
    """

    def __init__(
        self,
        part: str,
        clock: Clock,
        failures: ItemFailures,
        *,
        passing: tuple[type[Exception], ...] = (),
        first_s: float = 1.0,
        cap_s: float = 60.0,
    ) -> None:
        self._part = part
        self._clock = clock
        self._failures = failures._failures
        self._passing = passing
        self._new_backoff: Callable[[], Backoff] = lambda: Backoff(first_s=first_s, cap_s=cap_s)

    def is_due(self, item: str) -> bool:
        """Return whether an item may run: it did not fail, or its delay is over."""
        return self.delay_s(item) <= 0

    def has_due(self) -> bool:
        """Return whether an item of this part failed and its delay is over."""
        now_s, prefix = self._clock.monotonic_s(), f"{self._part} "
        return any(
            failure.retry_at_s <= now_s
            for name, failure in list(self._failures.items())
            if name.startswith(prefix)
        )

    def delay_s(self, item: str) -> float:
        """Return the seconds until an item may run again."""
        failure = self._failures.get(self._name(item))
        return 0.0 if failure is None else failure.retry_at_s - self._clock.monotonic_s()

    @contextmanager
    def attempt(self, item: str) -> Iterator[Attempt]:
        """Run the block as one attempt of an item; keep and suppress its error."""
        attempt = Attempt()
        try:
            yield attempt
        except self._passing:
            raise
        except Exception as error:  # noqa: BLE001 the one place where anything of an item is caught
            attempt.problem = problem_of(error)
            self._fail(item, attempt.problem, error)
        else:
            self._recover(item)

    async def repeat(self, item: str, step: Callable[[], Awaitable[object]]) -> NoReturn:
        """Await `step` repeatedly, each as one attempt of an item; `step` sets the pace."""
        while True:
            with self.attempt(item) as attempt:
                await step()
            if attempt.failed:
                await self._clock.sleep(self.delay_s(item))

    def problem(self, item: str) -> str:
        """Return the last error of an item; empty while it works."""
        failure = self._failures.get(self._name(item))
        return "" if failure is None else failure.problem

    def remove(self, item: str) -> None:
        """Remove an item that no longer exists."""
        self._failures.pop(self._name(item), None)

    def keep(self, items: set[str]) -> None:
        """Remove the failing items of this part that are not among `items`."""
        kept = {self._name(item) for item in items}
        for name in [name for name in self._failures if name.startswith(f"{self._part} ")]:
            if name not in kept:
                del self._failures[name]

    def _name(self, item: str) -> str:
        return f"{self._part} {item}"

    def _fail(self, item: str, problem: str, error: Exception) -> None:
        name = self._name(item)
        failure = self._failures.get(name)
        if failure is None:
            while len(self._failures) >= MAX_ITEMS:
                del self._failures[next(iter(self._failures))]
            failure = self._failures[name] = _Failure(self._new_backoff())
        delay_s = failure.backoff.next_delay_s()
        failure.retry_at_s = self._clock.monotonic_s() + delay_s
        facts = {"part": self._part, "item": item, "problem": problem}
        if problem != failure.problem:
            failure.problem = problem
            log.error(
                "item failed",
                extra={**facts, "retry_in_s": round(delay_s, 1)},
                exc_info=error,
            )
        else:
            log.debug("item failed again", extra=facts)

    def _recover(self, item: str) -> None:
        if self._failures.pop(self._name(item), None) is not None:
            log.info("item recovered", extra={"part": self._part, "item": item})


def problem_of(error: BaseException) -> str:
    """Return an error in one line of at most 300 characters: its type, then its message."""
    if isinstance(error, ItemFailed):
        return str(error)[:_MAX_PROBLEM]
    message = " ".join(str(error).split())
    name = type(error).__name__
    return (f"{name}: {message}" if message else name)[:_MAX_PROBLEM]
