import pytest

from data import IdRange
from data.market.id_ranges import IdRanges, ids_covered
from tests.builders import a_trade


@pytest.mark.parametrize(
    ("ranges", "requested", "answer"),
    [
        ([], (1, 1), False),
        ([(1, 3)], (1, 3), True),
        ([(1, 3)], (2, 2), True),
        ([(1, 3)], (3, 4), False),
        ([(1, 3)], (0, 1), False),
        ([(1, 3), (4, 6)], (2, 5), True),
        ([(4, 6), (1, 3)], (1, 6), True),
        ([(1, 3), (5, 6)], (2, 5), False),
        ([(2, 5), (3, 3)], (5, 5), True),
        ([(2, 5), (3, 9), (4, 4)], (2, 9), True),
    ],
)
def test_ids_are_covered_by_all_ranges_together(
    ranges: list[tuple[int, int]], requested: tuple[int, int], answer: bool
):
    assert IdRanges(IdRange(*ids) for ids in ranges).cover(IdRange(*requested)) is answer


def test_trades_cover_their_ids_in_any_order():
    trades = [a_trade(7), a_trade(3), a_trade(6, match_count=3), a_trade(3)]
    covered = ids_covered(trades)
    assert covered.cover(IdRange(3, 7))
    assert not covered.cover(IdRange(3, 8))
