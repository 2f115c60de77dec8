"""Schedules: the training and test spans of a walk-forward, as pure values."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Literal, Self

import msgspec
from pydantic import model_validator

from data import TimeSpan
from utils.bounds import BoundedModel, Days, PositiveDays
from utils.errors import ConfigError

MAX_FOLDS = 10_000


class WalkForwardFold(msgspec.Struct, frozen=True, kw_only=True):
    """One step: parameters are chosen on `train` and tried on `test`, which comes after it."""

    number: int
    train: TimeSpan
    test: TimeSpan


class Schedule(BoundedModel):
    """Spans of a walk-forward, in days. Tests follow each other without a gap.

    `rolling`: each training span is as long as the first; `anchored`: all have the same start.
    `purge_days` are left out at the end of training, where positions may reach into the test (the
    longest holding time); `embargo_days` are left out further, for serial dependence.
    """

    train_days: PositiveDays
    test_days: PositiveDays
    kind: Literal["rolling", "anchored"] = "rolling"
    purge_days: Days = 0.0
    embargo_days: Days = 0.0

    @model_validator(mode="after")
    def _trains_on_something(self) -> Self:
        if self.distance_days >= self.train_days:
            raise ValueError(
                f"purge ({self.purge_days:g}) and embargo ({self.embargo_days:g}) leave nothing "
                f"of {self.train_days:g} days of training"
            )
        return self

    @property
    def distance_days(self) -> float:
        """Return how many days before its test a training ends."""
        return self.purge_days + self.embargo_days

    def folds(self, span: TimeSpan) -> list[WalkForwardFold]:
        """Return every fold that fits completely into a span. Raises ConfigError if none does."""
        steps = (span.end - span.start) / timedelta(days=1) / self.test_days
        if steps > MAX_FOLDS:
            problem = (
                f"must give at most {MAX_FOLDS:,} folds of the span, {self.test_days:g} "
                f"days give {steps:,.0f}: choose longer test spans"
            )
            raise ConfigError("walk forward", field="test_days", problem=problem)
        folds = list(self._folds(span))
        if not folds:
            needed = self.train_days + self.test_days
            given = (span.end - span.start) / timedelta(days=1)
            problem = f"requires {needed:g} days for one fold, the span has {given:g}"
            raise ConfigError("walk forward", problem=problem)
        return folds

    def _folds(self, span: TimeSpan) -> Iterator[WalkForwardFold]:
        for number in count():
            start = span.start + timedelta(days=self.train_days + number * self.test_days)
            end = span.start + timedelta(days=self.train_days + (number + 1) * self.test_days)
            if end > span.end:
                return
            train = TimeSpan(self._train_start(span, start), start - self._distance)
            yield WalkForwardFold(number=number, train=train, test=TimeSpan(start, end))

    def _train_start(self, span: TimeSpan, test_start: datetime) -> datetime:
        if self.kind == "anchored":
            return span.start
        return test_start - timedelta(days=self.train_days)

    @property
    def _distance(self) -> timedelta:
        return timedelta(days=self.purge_days) + timedelta(days=self.embargo_days)
