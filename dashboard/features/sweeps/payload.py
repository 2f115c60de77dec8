"""Stored trials of sweeps as JSON for the page's scripts. Pure."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backtesting.archive.shown_warnings import warnings_of_trials
from backtesting.metrics import METRICS
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.selection_bias import selection_bias_of_trial
from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial
from dashboard.forms.config_form import flat_values, format_parameters
from data import InstrumentId

MAX_SHOWN = 20_000


def sweep_row(summary: SweepSummary) -> dict[str, Any]:
    """Return a sweep as a row of the list."""
    sweep_key = summary.sweep_key
    config = json.loads(sweep_key.config)
    return {
        "sweep": sweep_key.digest,
        "started_at": summary.started_at.timestamp(),
        "strategy": sweep_key.strategy,
        "instrument": sweep_key.instrument,
        "timeframe": config["timeframe"],
        "start": _seconds(config["start"]),
        "end": _seconds(config["end"]),
        "trials": summary.trials,
        "failed": summary.failed,
        "best_sharpe": summary.best_sharpe,
    }


def sweep_payload(
    sweep_key: SweepKey,
    trials: Sequence[SweepTrial],
    objective: Objective,
    sharpes: Sequence[float | None],
) -> dict[str, Any]:
    """Return everything that the view of a sweep draws.

    Rows are the trials, the best by the objective first, then those without a value; `varied` are
    the parameters in which they differ, `values` the form fields they share. `sharpes`: of every
    trial of the strategy on the instrument.
    """
    config = json.loads(sweep_key.config)
    flat = [_form_values(trial, config) for trial in trials]
    varied = _varied(flat)
    ranked = _ranked(trials, objective)
    names = _measured(trials)
    shared = {
        name: value for name, value in (flat[0] if flat else {}).items() if name not in varied
    }
    best = trials[ranked[0]] if ranked and objective.score(trials[ranked[0]]) is not None else None
    selection_bias = None if best is None else selection_bias_of_trial(best.metrics, sharpes)
    return {
        "sweep": sweep_key.digest,
        "strategy": sweep_key.strategy,
        "instrument": sweep_key.instrument,
        "currency": InstrumentId.parse(sweep_key.instrument).quote,
        "timeframe": config["timeframe"],
        "start": _seconds(config["start"]),
        "end": _seconds(config["end"]),
        "objective": objective.metric,
        "varied": varied,
        "metrics": names,
        "rows": [_row(trials[at], flat[at], at, varied, names) for at in ranked[:MAX_SHOWN]],
        "trials": len(trials),
        "failed": sum(bool(trial.problem) for trial in trials),
        "warnings": warnings_of_trials(trials),
        "values": flat_values({**config, "parameters": {}}) | shared,
        "fixed": format_parameters({_short(name): value for name, value in shared.items()}),
        "digests": {
            "sweep": sweep_key.digest,
            "data": sweep_key.data_digest,
            "code": sweep_key.code_digest,
        },
        "selection_bias": None if selection_bias is None else msgspec.to_builtins(selection_bias),
        "trial_count": len(sharpes),
        "days": None if best is None else best.metrics.get("daily_returns"),
    }


def _form_values(trial: SweepTrial, config: dict[str, Any]) -> dict[str, str]:
    """Return a trial's parameters as the fields of the form that they fill."""
    parameters = json.loads(trial.parameters)
    exits = parameters.pop("exits", {})
    # The configuration's own exits replace them.
    own = {} if config["exits"] is not None else {"exits": exits}
    return flat_values({"parameters": parameters, **own})


def _varied(flat: Sequence[dict[str, str]]) -> list[str]:
    """Return the fields that have more than one value among the trials, in the forms' order."""
    names = dict.fromkeys(name for values in flat for name in values)
    return [name for name in names if len({values.get(name) for values in flat}) > 1]


def _ranked(trials: Sequence[SweepTrial], objective: Objective) -> list[int]:
    scores = [objective.score(trial) for trial in trials]

    def place(at: int) -> tuple[bool, float]:
        score = scores[at]
        return score is None, 0.0 if score is None else -score

    return sorted(range(len(trials)), key=place)


def _measured(trials: Sequence[SweepTrial]) -> list[str]:
    """Return the metrics that any trial has, in the order of the catalog."""
    found = {name for trial in trials for name in trial.metrics}
    return [name for name in METRICS if name in found]


def _row(
    trial: SweepTrial, values: dict[str, str], at: int, varied: Sequence[str], names: Sequence[str]
) -> dict[str, Any]:
    return {
        "trial": at,
        "point": [_number(values.get(name)) for name in varied],
        "metrics": [trial.metrics.get(name) for name in names],
        "problem": trial.problem,
    }


def _number(text: str | None) -> float | str | None:
    """Return a number where the text is one, so that axes sort by value."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _short(name: str) -> str:
    return name.removeprefix("parameters.")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
