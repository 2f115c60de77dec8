"""The spans that programs, the page and the reads of the portfolio name are the same ones."""

from typing import get_args

from dashboard.features.bots.portfolio_payload import RANGE_NAMES
from dashboard.features.portfolio.query import RANGES
from dashboard.features.portfolio.schemas import RangeName


def test_every_span_can_be_requested() -> None:
    assert set(get_args(RangeName)) == set(RANGE_NAMES) == set(RANGES)
