"""The contract of chart layout repositories."""

import pytest

from strategies.charts import BUILT_IN_LAYOUTS, ChartIndicator, ChartLayout
from strategies.errors import LayoutMissing, LayoutNameTaken
from tests.contract.stores import Stores

INDICATORS = (
    ChartIndicator(
        indicator="ema", parameters={"length": 9, "source": "hl2"}, colours={"ema": "#00ff7f"}
    ),
    ChartIndicator(indicator="bollinger", parameters={"width": 2.5}, hidden=True),
)


def a_layout(
    name: str = "Mine", indicators: tuple[ChartIndicator, ...] = INDICATORS
) -> ChartLayout:
    return ChartLayout(name=name, indicators=indicators)


def test_nothing_is_saved_at_first(stores: Stores) -> None:
    assert stores.layouts.all() == []


def test_a_layout_comes_back_as_it_was(stores: Stores) -> None:
    stores.layouts.save(a_layout())
    assert stores.again().layouts.all() == [a_layout()]


def test_every_ready_made_layout_can_be_saved(stores: Stores) -> None:
    for layout in BUILT_IN_LAYOUTS:
        stores.layouts.save(layout)
    assert stores.layouts.all() == sorted(BUILT_IN_LAYOUTS, key=lambda layout: layout.name)


def test_a_layout_saved_again_is_replaced(stores: Stores) -> None:
    stores.layouts.save(a_layout())
    stores.layouts.save(a_layout(indicators=()))
    assert stores.layouts.all() == [a_layout(indicators=())]


def test_layouts_come_by_name(stores: Stores) -> None:
    for name in ("b", "C", "a", 'it\'s "100 %" µ'):
        stores.layouts.save(a_layout(name))
    assert [layout.name for layout in stores.layouts.all()] == ["C", "a", "b", 'it\'s "100 %" µ']


def test_a_renamed_layout_keeps_its_indicators(stores: Stores) -> None:
    stores.layouts.save(a_layout())
    stores.layouts.rename("Mine", "Yours")
    stores.layouts.rename("Yours", "Yours")
    assert stores.layouts.all() == [a_layout("Yours")]


def test_a_layout_never_takes_the_place_of_another_by_its_name(stores: Stores) -> None:
    stores.layouts.save(a_layout())
    stores.layouts.save(a_layout("Yours", ()))
    with pytest.raises(LayoutNameTaken, match="'Yours' exists already"):
        stores.layouts.rename("Mine", "Yours")
    assert stores.layouts.all() == [a_layout(), a_layout("Yours", ())]


def test_a_layout_that_is_not_there_cannot_be_renamed(stores: Stores) -> None:
    with pytest.raises(LayoutMissing, match="layout 'Mine' does not exist"):
        stores.layouts.rename("Mine", "Yours")


def test_a_deleted_layout_is_gone_and_may_be_deleted_again(stores: Stores) -> None:
    stores.layouts.save(a_layout())
    assert stores.layouts.delete("Mine")
    assert not stores.layouts.delete("Mine")
    assert stores.layouts.all() == []
