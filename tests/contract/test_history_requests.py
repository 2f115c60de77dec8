"""The contract of every HistoryRequestRepository."""

from data import Timeframe
from tests.builders import BTC, ETH, at
from tests.contract.stores import Stores

DAYS, HOURS = (BTC, Timeframe.D1), (ETH, Timeframe.H1)


def test_there_are_no_requests_at_first(stores: Stores) -> None:
    assert stores.history_requests.of([BTC, ETH]) == {}
    assert stores.history_requests.of([]) == {}


def test_requests_are_returned_for_the_given_instruments(stores: Stores) -> None:
    stores.history_requests.replace({DAYS: at(0), HOURS: at(60)})
    assert stores.again().history_requests.of([BTC, ETH]) == {DAYS: at(0), HOURS: at(60)}
    assert stores.history_requests.of([ETH]) == {HOURS: at(60)}


def test_the_last_requests_replace_all(stores: Stores) -> None:
    stores.history_requests.replace({DAYS: at(0), HOURS: at(60)})
    stores.history_requests.replace({DAYS: at(-60)})
    assert stores.history_requests.of([BTC, ETH]) == {DAYS: at(-60)}
    stores.history_requests.replace({})
    assert stores.history_requests.of([BTC, ETH]) == {}
