from datetime import datetime

import msgspec
import pytest

from data import HoleState, IdRange
from data.errors import InvalidValue
from tests.builders import a_hole


def test_a_range_of_ids_includes_both_ends():
    ids = IdRange(5, 7)
    assert len(ids) == 3
    assert [trade_id for trade_id in range(4, 9) if trade_id in ids] == [5, 6, 7]
    assert str(ids) == "5..7"


def test_a_range_may_hold_one_id_but_not_none():
    assert len(IdRange(5, 5)) == 1
    with pytest.raises(InvalidValue, match=r"id range 5\.\.4 is empty"):
        IdRange(5, 4)


@pytest.mark.parametrize(
    ("state", "harmless"),
    [
        (HoleState.OPEN, False),
        (HoleState.DEFERRED, False),
        (HoleState.UNRECOVERABLE, False),
        (HoleState.FILLED, True),
        (HoleState.VERIFIED, True),
    ],
)
def test_candles_are_complete_only_over_holes_that_miss_nothing(state: HoleState, harmless: bool):
    assert a_hole(state=state).state.harmless is harmless


@pytest.mark.parametrize("name", ["after_time", "before_time", "detected_at"])
def test_the_times_of_a_hole_must_be_aware_utc(name: str):
    naive = datetime(2025, 1, 6)  # noqa: DTZ001 - the naive time is what is refused
    with pytest.raises(InvalidValue, match=f"{name} must be an aware UTC time"):
        msgspec.structs.replace(a_hole(), **{name: naive})
