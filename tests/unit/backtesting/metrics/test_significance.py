"""The t distribution against its closed forms for few degrees of freedom."""

from math import atan, pi, sqrt

import pytest

from backtesting.metrics.significance import two_sided_p

TS = [0.0, 1e-6, 0.1, 0.5, 1.0, 2.0, 3.3, 12.0, 500.0]


@pytest.mark.parametrize("t", TS)
def test_with_one_degree_of_freedom(t: float) -> None:
    assert two_sided_p(t, 1) == pytest.approx(1 - 2 / pi * atan(t), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("t", TS)
def test_with_two_degrees_of_freedom(t: float) -> None:
    assert two_sided_p(t, 2) == pytest.approx(1 - t / sqrt(2 + t * t), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("t", TS)
def test_with_four_degrees_of_freedom(t: float) -> None:
    x = t / sqrt(4 + t * t)
    assert two_sided_p(t, 4) == pytest.approx(1 - x * (3 - x * x) / 2, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("freedom", "t"), [(5, 2.570582), (10, 2.228139), (30, 2.042272), (1000, 1.962339)]
)
def test_at_the_tabled_five_percent(freedom: int, t: float) -> None:
    assert two_sided_p(t, freedom) == pytest.approx(0.05, abs=1e-6)


def test_the_sign_does_not_matter() -> None:
    assert two_sided_p(-2.0, 7) == two_sided_p(2.0, 7)
