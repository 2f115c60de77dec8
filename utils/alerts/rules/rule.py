"""Alert rules over metrics, as JSON files hold them."""

from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, model_validator

from utils.alerts.alert import Severity
from utils.bounds import BoundedModel, Line

_ANY = "*"


class _Rule(BoundedModel):
    """The fields that all rules share.

    `subject` may hold `*`; `metric` is one of its metrics (in older files `figure`). The rule must
    be broken for `for_s` seconds before an alert opens, and hold for `clear_s` before it resolves.
    `summary` describes the problem, with `{subject}` for the subject's name; `remedy` is the
    heading of docs/operations.md, by default the rule's name.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    subject: Line = Field(min_length=1, max_length=200)
    metric: Line = Field(
        validation_alias=AliasChoices("metric", "figure"), min_length=1, max_length=100
    )
    severity: Severity = Severity.WARNING
    summary: Line = Field(min_length=1, max_length=300)
    for_s: float = Field(default=0, ge=0, le=86_400)
    clear_s: float = Field(default=30, ge=0, le=86_400)
    enabled: bool = True

    @property
    def is_about_many(self) -> bool:
        """Return whether several subjects may match."""
        return _ANY in self.subject

    def is_about(self, subject: str) -> bool:
        """Return whether the rule applies to this subject."""
        return fnmatchcase(subject, self.subject)


class _Bounded(_Rule):
    below: float | None = None
    above: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> "_Bounded":
        if (self.below is None) == (self.above is None):
            raise ValueError("requires either `below` or `above`")
        return self

    def is_broken_by(self, value: float) -> bool:
        """Return whether a value lies beyond the bound."""
        return value < self.below if self.below is not None else value > (self.above or 0.0)


class ThresholdRule(_Bounded):
    """Broken while the metric lies below, or above, a bound."""

    kind: Literal["threshold"] = "threshold"


class RateRule(_Bounded):
    """Broken while a counter grows by less, or more, than the bound within `within_s` seconds.

    A counter that restarts counts from zero.
    """

    kind: Literal["rate"] = "rate"
    within_s: float = Field(gt=0, le=3_600)


class AbsenceRule(_Rule):
    """Broken while a metric is older than `after_s` seconds, or a named subject's never came."""

    kind: Literal["absence"] = "absence"
    after_s: float = Field(gt=0, le=86_400)


AlertRule = ThresholdRule | RateRule | AbsenceRule
AnyAlertRule = Annotated[AlertRule, Field(discriminator="kind")]


class AlertRules(BoundedModel):
    """The rules of one file of config/alerts."""

    rules: tuple[AnyAlertRule, ...] = Field(min_length=1, max_length=1_000)
