"""The golden vector, and its metrics by other platforms' formulas."""

import pytest

from backtesting.metrics import METRICS, PEERS, PeerFormula, selftest
from backtesting.metrics.golden import TOLERANCE, GoldenCheck
from backtesting.metrics.metric_input import MetricInput
from tests.unit.backtesting.metrics.examples import curve

CHECKS = selftest()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.metric} by {check.by}")
def test_a_value_of_the_golden_vector_is_right(check: GoldenCheck) -> None:
    assert check.is_right, check


def test_normative_values_are_right_to_nine_digits() -> None:
    assert {check.tolerance for check in CHECKS if check.by == "normative"} == {TOLERANCE}
    assert TOLERANCE <= 1e-9


def test_a_wrong_value_is_reported() -> None:
    assert not GoldenCheck("sharpe", "normative", 2.0, 2.1, 1e-9).is_right
    assert not GoldenCheck("sharpe", "normative", 2.0, None, 1e-9).is_right


def test_peers_are_compared_with_metrics_of_ours() -> None:
    assert {peer.metric for peer in PEERS} <= set(METRICS)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.metric} by {peer.platform}")
def test_what_peers_do_not_define_is_undefined_too(peer: PeerFormula) -> None:
    assert peer.function(MetricInput(curve=curve(100))) in (None, 0.0)
