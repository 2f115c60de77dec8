"""The contract of every HistoryRequestRepository."""

from data import Timeframe
from tests.builders import BTC, ETH, at
from tests.contract.stores import Stores

DAYS, HOURS = (BTC, Timeframe.D1), (ETH, Timeframe.H1)


def test_nothing_is_wanted_at_first(stores: Stores) -> None:
    assert stores.history_requests.of([BTC, ETH]) == {}
    assert stores.history_requests.of([]) == {}


def test_what_is_wanted_is_told_of_the_instruments_asked_about(stores: Stores) -> None:
    stores.history_requests.replace({DAYS: at(0), HOURS: at(60)})
    assert stores.again().history_requests.of([BTC, ETH]) == {DAYS: at(0), HOURS: at(60)}
    assert stores.history_requests.of([ETH]) == {HOURS: at(60)}


def test_what_is_said_last_is_all_that_is_wanted(stores: Stores) -> None:
    stores.history_requests.replace({DAYS: at(0), HOURS: at(60)})
    stores.history_requests.replace({DAYS: at(-60)})
    assert stores.history_requests.of([BTC, ETH]) == {DAYS: at(-60)}
    stores.history_requests.replace({})
    assert stores.history_requests.of([BTC, ETH]) == {}
