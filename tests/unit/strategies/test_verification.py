"""Every planted leak is found by the right check; nothing is found in clean strategies."""

import inspect
from pathlib import Path

import pytest

from strategies import Directions, Strategy, StrategyFrame, decide
from strategies.library import BUILT_IN
from strategies.user_code.loader import load_file
from strategies.verification import StrategyVerificationReport, decisions_digest, verify
from tests.unit.strategies.sample_strategies import Breakout, WithTrend

LEAKS = Path(__file__).parents[2] / "fixtures" / "leaks"
OTHER_THAN_LOOK_AHEAD = {
    "answers_prices": "answer",
    "answers_too_few": "answer",
    "chance": "repeat",
    "counts_rows": "warm-up",
    "nan_as_number": "warm-up",
    "level_of_a_sum": "warm-up",
    "reads_a_file": "purity",
    "reads_the_clock": "purity",
    "reason_that_raises": "answer",
    "counts_calls": "repeat",
    "keeps_its_position": "warm-up",
    "short_warmup": "warm-up",
    "writes_its_input": "answer",
}
CAUSES = {
    "indicator_shifted": "column average",
    "next_volume": "column volume",
    "own_indicator": "indicator share",
    "second_timeframe_shifted": "column second.close",
    "shift_minus_one": "column close",
    "silence_ahead": "column open_time",
    "trades_ahead": "column volume",
}


class Silent(Strategy):
    """Waits for what never comes."""

    def directions(self, frame: StrategyFrame) -> Directions:
        return decide(long=frame.close < 0)


def report_on(path: Path) -> StrategyVerificationReport:
    (source,) = load_file(path).sources
    return verify(source.kind, path.read_text())


@pytest.mark.parametrize("path", sorted(LEAKS.glob("*.py")), ids=lambda path: path.stem)
def test_a_planted_leak_is_found(path: Path) -> None:
    assert report_on(path).failed() == (OTHER_THAN_LOOK_AHEAD.get(path.stem, "look-ahead"),)


def test_there_are_leaks_of_many_kinds() -> None:
    assert len(list(LEAKS.glob("*.py"))) >= 20


@pytest.mark.parametrize(("leak", "cause"), CAUSES.items())
def test_the_column_that_carries_the_future_is_named(leak: str, cause: str) -> None:
    checks = {check.name: check for check in report_on(LEAKS / f"{leak}.py").checks}
    causes = {name for finding in checks["look-ahead"].findings for name in finding.causes}
    assert cause in causes


@pytest.mark.parametrize("kind", [*BUILT_IN, Breakout, WithTrend])
def test_nothing_is_found_in_a_strategy_without_leaks(kind: type[Strategy]) -> None:
    report = verify(kind, inspect.getsource(kind))
    assert report.passed, list(report.lines())


def test_a_report_names_the_candle_and_the_cause() -> None:
    lines = list(report_on(LEAKS / "shift_minus_one.py").lines())
    assert lines[0] == "ShiftMinusOne: NOT CLEAN"
    assert any("at candle 1990-" in line and "column close" in line for line in lines)
    assert lines[-1].strip().startswith("and ")


def test_a_report_states_when_there_was_nothing_to_find() -> None:
    answer = verify(Silent, "").checks[1]
    assert answer.passed
    assert answer.rule.endswith("are HOLD: nothing was verified")


def test_an_exception_names_the_line_of_the_file() -> None:
    (check,) = (c for c in report_on(LEAKS / "writes_its_input.py").checks if not c.passed)
    assert str(check.findings[0]).startswith("line 11: ValueError: assignment destination")


def test_answers_have_a_digest() -> None:
    assert decisions_digest(Breakout) == decisions_digest(Breakout)
    assert decisions_digest(Breakout) != decisions_digest(WithTrend)
