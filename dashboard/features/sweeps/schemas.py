"""Responses of `/api/v1/sweeps`. Times are in Unix seconds."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from dashboard.features.sweeps.validation import CheckedSweep
from dashboard.rest.config_schemas import SweepConfigSchema
from dashboard.rest.form_schemas import FormProblemSchema
from dashboard.rest.schema_types import ResponseModel


class CheckedSweepResponse(ResponseModel):
    """The configuration of a form, or the problems of its fields.

    `points`: the number of combinations, at most; `values`: of values per field that varies.
    """

    config: SweepConfigSchema | None
    problems: list[FormProblemSchema]
    points: int | None
    values: dict[str, int | None]


class SweepRowSchema(ResponseModel):
    """A stored sweep in the list, by its digest; `trials` with those that failed."""

    sweep: str
    started_at: float
    strategy: str
    instrument: str
    timeframe: str
    start: float
    end: float
    trials: int
    failed: int
    best_sharpe: float | None


class SweepTrialSchema(ResponseModel):
    """A trial: its values of what varies, and its metrics, in the order that the sweep names."""

    trial: int
    point: list[float | str | None]
    metrics: list[float | None]
    problem: str


class SweepDigestsSchema(ResponseModel):
    """Digests of the sweep, its data and its code."""

    sweep: str
    data: str
    code: str


class SelectionBiasSchema(ResponseModel):
    """The Sharpe ratio of the best trial, corrected for all trials of the strategy.

    `best_by_chance`: what the best of `trials` trials without edge is expected to have.
    """

    trials: int
    sharpe: float | None
    best_by_chance: float | None
    probabilistic_sharpe: float | None
    deflated_sharpe: float | None


class SweepResponse(ResponseModel):
    """A stored sweep with its trials, the best by `objective` first.

    `varied`: the fields in which they differ; `values`: those they share, as the texts of a form,
    `fixed` as one text. `trial_count`: of all trials of the strategy on the instrument.
    """

    sweep: str
    strategy: str
    instrument: str
    currency: str
    timeframe: str
    start: float
    end: float
    objective: str
    varied: list[str]
    metrics: list[str]
    rows: list[SweepTrialSchema]
    trials: int
    failed: int
    warnings: list[str]
    values: dict[str, str]
    fixed: str
    digests: SweepDigestsSchema
    selection_bias: SelectionBiasSchema | None
    trial_count: int
    days: Annotated[float | None, Field(description="The daily returns of the best trial.")]


def checked_sweep_response(checked: CheckedSweep) -> CheckedSweepResponse:
    """Return a checked form as a response."""
    return CheckedSweepResponse.model_validate(checked, from_attributes=True)


def sweep_row_schemas(rows: Iterable[Mapping[str, Any]]) -> list[SweepRowSchema]:
    """Return stored sweeps as rows of the list."""
    return [SweepRowSchema.model_validate(row) for row in rows]


def sweep_response(sweep: Mapping[str, Any]) -> SweepResponse:
    """Return a stored sweep as a response."""
    return SweepResponse.model_validate(sweep)
