"""The contract of repositories of signals, requests and strategies."""

import msgspec
import pytest

from data import Timeframe, TimeSpan
from strategies import Direction
from strategies.errors import StrategyError, WatermarkConflict
from strategies.requests import RequestStatus
from strategies.strategy_files import (
    FileProblem,
    StrategyFacts,
    StrategyFile,
    StrategyVerificationResult,
)
from tests.builders import BTC, ETH, START, a_candle, an_exchange_candle, at
from tests.contract.stores import Stores
from tests.unit.strategies.signal_builders import (
    a_group,
    a_request,
    a_signal,
    a_skip,
    an_advance,
)

GROUP = a_group()
OTHER = a_group("RsiReversion", ETH)
LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT


def test_a_new_group_has_no_signals(stores: Stores) -> None:
    status = stores.signals.begin(GROUP, START)
    assert (status.started_from, status.evaluated_to) == (START, START)
    assert (status.target, status.last_signal, status.last_skip) == (FLAT, None, None)
    assert stores.signals.group(OTHER) is None
    assert stores.signals.signals(OTHER, START, at(9)) == []


def test_a_group_begins_once(stores: Stores) -> None:
    stores.signals.begin(GROUP, START)
    stores.signals.commit([an_advance(0, 60)])
    assert stores.again().signals.begin(GROUP, at(999)).evaluated_to == at(60)
    assert stores.signals.group(GROUP).started_from == START


def test_what_was_committed_comes_back_as_it_was(stores: Stores) -> None:
    stores.signals.begin(GROUP, START)
    stores.signals.begin(OTHER, START)
    first, second = a_signal(60), a_signal(180, SHORT)
    stores.signals.commit(
        [
            an_advance(0, 120, first, skips=(a_skip(120),)),
            an_advance(0, 60, group=OTHER),
        ]
    )
    stores.signals.commit([an_advance(120, 180, second)])
    again = stores.again().signals
    status = again.group(GROUP)
    assert (status.evaluated_to, status.target) == (at(180), SHORT)
    assert (status.last_signal, status.last_skip) == (second, a_skip(120))
    assert again.signals(GROUP, START, at(180)) == [first]
    assert again.signals(GROUP, at(60), at(181)) == [first, second]
    assert again.skips(GROUP, START, at(999)) == [a_skip(120)]
    assert again.group(OTHER).evaluated_to == at(60)
    assert again.signals(OTHER, START, at(999)) == []


def test_a_group_skips_until_it_evaluates_again(stores: Stores) -> None:
    stores.signals.begin(GROUP, START)
    stores.signals.commit([an_advance(0, 120, skips=(a_skip(60, 120),))])
    assert stores.signals.group(GROUP).skipping
    stores.signals.commit([an_advance(120, 180)])
    assert not stores.signals.group(GROUP).skipping


def test_skips_are_found_by_any_candle_of_theirs(stores: Stores) -> None:
    stores.signals.begin(GROUP, START)
    stores.signals.commit([an_advance(0, 300, skips=(a_skip(60, 180), a_skip(300)))])
    assert stores.signals.skips(GROUP, at(120), at(300)) == [a_skip(60, 180)]
    assert stores.signals.skips(GROUP, at(181), at(300)) == []
    assert stores.signals.skips(GROUP, at(0), at(61)) == [a_skip(60, 180)]


def test_an_advance_from_elsewhere_stores_nothing(stores: Stores) -> None:
    stores.signals.begin(GROUP, START)
    stores.signals.begin(OTHER, START)
    stores.signals.commit([an_advance(0, 60)])
    for stale in (an_advance(0, 60, a_signal(60)), an_advance(60, 120, group=a_group("New"))):
        with pytest.raises(WatermarkConflict):
            stores.signals.commit([an_advance(0, 60, group=OTHER), stale])
    assert stores.signals.group(OTHER).evaluated_to == START
    assert stores.signals.signals(GROUP, START, at(999)) == []
    stores.signals.commit([])


def test_an_advance_holds_signals_of_its_own_span_only() -> None:
    for signals in ([a_signal(0)], [a_signal(61)], [a_signal(30), a_signal(30)]):
        with pytest.raises(StrategyError, match="must rise"):
            an_advance(0, 60, *signals)
    with pytest.raises(StrategyError, match="another group"):
        an_advance(0, 60, a_signal(60, group=OTHER))
    with pytest.raises(StrategyError, match="must rise"):
        an_advance(60, 0)


def test_the_newest_signals_come_oldest_first(stores: Stores) -> None:
    for group in (GROUP, OTHER):
        stores.signals.begin(group, START)
    theirs = a_signal(90, group=OTHER)
    stores.signals.commit(
        [
            an_advance(0, 180, a_signal(60), a_signal(120, SHORT), a_signal(180, FLAT)),
            an_advance(0, 120, theirs, group=OTHER),
        ]
    )
    assert [s.close_time for s in stores.signals.last_signals(3)] == [at(90), at(120), at(180)]
    assert stores.signals.last_signals(2, OTHER) == [theirs]
    assert stores.signals.last_signals(2, a_group("New")) == []


def test_a_request_comes_back_with_what_became_of_it(stores: Stores) -> None:
    stores.signals.begin(GROUP, START)
    mine, theirs = a_request("chart:1"), a_request("bot:7", strategy="Nope", instrument=ETH)
    stores.requests.put([mine, theirs])
    stores.requests.save_statuses(
        [
            RequestStatus(request=mine, group=GROUP),
            RequestStatus(request=theirs, problem="'Nope' is not a strategy"),
        ]
    )
    assert stores.again().requests.all() == [
        RequestStatus(request=theirs, problem="'Nope' is not a strategy"),
        RequestStatus(request=mine, group=GROUP),
    ]
    assert [status.group for status in stores.signals.groups()] == [GROUP]
    assert stores.signals.groups()[0].requesters == ("chart:1",)


def test_an_equal_request_keeps_its_group_and_another_does_not(stores: Stores) -> None:
    stores.signals.begin(GROUP, START)
    stores.requests.put([a_request()])
    stores.requests.save_statuses([RequestStatus(request=a_request(), group=GROUP)])
    stores.requests.put([a_request()])
    assert stores.requests.all()[0].group == GROUP
    changed = a_request(parameters='{"slow": 30}', timeframe=Timeframe.H1)
    stores.requests.put([changed])
    assert stores.requests.all() == [RequestStatus(request=changed)]
    stores.requests.save_statuses([RequestStatus(request=a_request(), group=GROUP)])
    assert stores.requests.all()[0].group is None
    assert stores.signals.groups() == []


def test_requests_are_withdrawn_by_requester(stores: Stores) -> None:
    stores.requests.put([a_request("chart:1"), a_request("chart:2")])
    stores.requests.withdraw(["chart:1", "chart:9"])
    assert [status.request.requester for status in stores.requests.all()] == ["chart:2"]


def test_requests_of_one_kind_of_requester_are_replaced_as_a_whole(stores: Stores) -> None:
    stores.requests.put([a_request("config:a"), a_request("config:b"), a_request("configx")])
    stores.requests.replace("config:", [a_request("config:b"), a_request("config:c")])
    requesters = [status.request.requester for status in stores.requests.all()]
    assert requesters == ["config:b", "config:c", "configx"]


def a_file(path: str = "mine.py", version: str = "v1", **changes: object) -> StrategyFile:
    facts = StrategyFacts(name="Mine", title="", description="It's", line=3, parameters="{}")
    file = StrategyFile(path=path, version=version, seen_at=START, strategies=(facts,))
    return msgspec.structs.replace(file, **changes)


def test_files_are_replaced_as_a_whole(stores: Stores) -> None:
    stores.strategies.save_files([a_file("gone.py"), a_file()])
    broken = a_file(
        version="v2", strategies=(), problems=(FileProblem(line=7, message="SyntaxError: no"),)
    )
    ours = a_file("/z.py", built_in=True)
    stores.strategies.save_files([broken, ours])
    assert stores.again().strategies.files() == [ours, broken]
    stores.strategies.save_files([])
    assert stores.strategies.files() == []


def test_the_newest_verification_of_current_files_counts(stores: Stores) -> None:
    failed = StrategyVerificationResult(
        strategy="Mine",
        version="v1",
        parameters="{}",
        passed=False,
        report=("Mine: NOT CLEAN", "  look-ahead"),
        verified_at=START,
    )
    passed = msgspec.structs.replace(failed, passed=True, report=("Mine: clean",))
    stores.strategies.save_verification_result(failed)
    assert stores.again().strategies.verification_result("Mine", "v1", "{}") == failed
    stores.strategies.save_verification_result(passed)
    assert stores.strategies.verification_result("Mine", "v1", "{}") == passed
    assert stores.strategies.verification_result("Mine", "v2", "{}") is None
    assert stores.strategies.verification_results() == []
    stores.strategies.save_files([a_file()])
    assert stores.strategies.verification_results() == [passed]


def test_a_series_has_its_newest_candle(stores: Stores) -> None:
    stores.candles.save([a_candle(60), a_candle(0), a_candle(0, Timeframe.H1)])
    series = [(BTC, Timeframe.M1), (BTC, Timeframe.M5), (ETH, Timeframe.M1)]
    assert stores.candles.newest(series) == {(BTC, Timeframe.M1): at(60)}
    assert stores.candles.newest([]) == {}


def test_an_announced_frame_never_changes(stores: Stores) -> None:
    stores.candles.save([a_candle(0, complete=False), a_candle(120)])
    span = (START, at(600))
    stores.candles.save([an_exchange_candle(0, ohlc=("1", "2", "1", "2"))])
    stores.candles.add_coverage(BTC, Timeframe.M1, [TimeSpan(*span)])
    frame = stores.candles.announced_frame(BTC, Timeframe.M1, *span)
    assert frame.close.tolist() == [105.0, 105.0, 105.0]
    assert frame.flat.tolist() == [False, True, False]
    assert frame.complete.tolist() == [False, True, True]
    skipped = stores.candles.announced_frame(BTC, Timeframe.M1, *span, gaps="skip")
    assert len(skipped) == 2
    assert stores.candles.frame(BTC, Timeframe.M1, *span).close[0] == 2.0
