"""Searchers: what all of them keep to, and what each is good for."""

from collections.abc import Callable

import pytest

from backtesting.search import (
    GridSearch,
    ParameterSpace,
    Point,
    RandomSearch,
    ScoredPoint,
    Searcher,
    parse_space,
)
from backtesting.search.tpe import TpeSearch
from strategies.library import BollingerReversion, EmaCrossover
from strategies.strategy_handle import LocalType
from utils.errors import ConfigError

Make = Callable[[ParameterSpace, int], Searcher]

MAKERS: dict[str, Make] = {
    "grid": lambda space, _: GridSearch(space),
    "random": lambda space, seed: RandomSearch(space, 40, seed=seed),
    "tpe": lambda space, seed: TpeSearch(space, 40, seed=seed),
}
every_searcher = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def crossing() -> ParameterSpace:
    return parse_space(LocalType(EmaCrossover), ["fast=2..40:2", "slow=5,10,20,40"])


def score(point: Point) -> float | None:
    """Best at fast 20; undefined for very fast ones."""
    fast = int(str(point[0]))
    return None if fast < 4 else -float((fast - 20) ** 2)


def searched(searcher: Searcher) -> list[Point]:
    found: list[Point] = []
    while points := searcher.ask(8):
        searcher.tell([ScoredPoint(point, score(point)) for point in points])
        found += points
    return found


@every_searcher
def test_what_is_proposed_is_allowed_and_new(make: Make) -> None:
    space = crossing()
    points = searched(make(space, 1))
    assert points
    assert len(set(points)) == len(points)
    assert all(space.allows(point) for point in points)


@every_searcher
def test_the_same_seed_goes_the_same_way(make: Make) -> None:
    assert searched(make(crossing(), 7)) == searched(make(crossing(), 7))


@every_searcher
def test_combinations_that_the_strategy_does_not_allow_are_counted(make: Make) -> None:
    searcher = make(crossing(), 1)
    points = searched(searcher)
    assert searcher.invalid > 0
    assert searcher.invalid + len(points) <= 80


@every_searcher
def test_a_space_that_is_exhausted_ends_the_search(make: Make) -> None:
    assert len(searched(make(parse_space(LocalType(EmaCrossover), ["fast=1..5"]), 1))) == 5


def test_a_grid_is_every_combination_in_order() -> None:
    points = searched(GridSearch(parse_space(LocalType(EmaCrossover), ["fast=1,9", "slow=5,20"])))
    assert points == [(1, 5), (1, 20), (9, 20)]


def test_a_grid_has_its_number_of_points_in_the_end() -> None:
    grid = GridSearch(parse_space(LocalType(EmaCrossover), ["fast=1,9", "slow=5,20"]))
    assert grid.limit == 4
    searched(grid)
    assert (grid.limit, grid.invalid) == (3, 1)


def test_a_grid_requires_steps() -> None:
    with pytest.raises(ConfigError, match="no step"):
        GridSearch(parse_space(LocalType(BollingerReversion), ["width=1..3"]))


def test_a_grid_without_measure_is_refused() -> None:
    with pytest.raises(ConfigError, match="too many"):
        GridSearch(
            parse_space(LocalType(EmaCrossover), ["fast", "slow", "exits.stop_loss_bps=1..9000"])
        )


@pytest.mark.parametrize("make", [MAKERS["random"], MAKERS["tpe"]], ids=["random", "tpe"])
def test_another_seed_goes_another_way(make: Make) -> None:
    assert searched(make(crossing(), 1)) != searched(make(crossing(), 2))


@pytest.mark.parametrize("kind", [RandomSearch, TpeSearch])
def test_no_more_are_proposed_than_requested(kind: type[RandomSearch | TpeSearch]) -> None:
    assert len(searched(kind(crossing(), 11, seed=1))) == 11


def test_tpe_samples_where_it_was_good() -> None:
    space = parse_space(LocalType(EmaCrossover), ["fast=1..300", "slow=400"])
    by_model = searched(TpeSearch(space, 60, seed=3))
    by_chance = searched(RandomSearch(space, 60, seed=3))
    near = [
        sum(abs(int(str(point[0])) - 20) < 15 for point in all_) for all_ in (by_model, by_chance)
    ]
    assert near[0] > 2 * near[1]


def test_tpe_searches_numbers_steps_and_choices() -> None:
    ranges = ["width=1..3:0.5", "length=10..20:5", "exits.stop_loss_bps=none,100"]
    space = parse_space(LocalType(BollingerReversion), ranges)
    points = set(searched_by_width(TpeSearch(space, 30, seed=1)))
    assert points == set(GridSearch(space).ask(100))


def test_tpe_searches_any_number() -> None:
    space = parse_space(LocalType(BollingerReversion), ["width=1..3"])
    points = searched_by_width(TpeSearch(space, 30, seed=1))
    assert len(points) == 30
    assert all(1 <= float(str(point[0])) <= 3 for point in points)


def searched_by_width(searcher: Searcher) -> list[Point]:
    found: list[Point] = []
    while points := searcher.ask(10):
        searcher.tell([ScoredPoint(point, -abs(float(str(point[0])) - 2)) for point in points])
        found += points
    return found
