from data import CandleAggregator, Cursor, Timeframe
from data.collectors.feed.stream import InstrumentStream
from data.collectors.tape.pipeline import TapePipeline
from data.status import StreamState
from tests.builders import BTC, a_trade, at, ids_of, trades_at

NOW = at(100)


def a_stream(last: Cursor | None = None) -> InstrumentStream:
    return InstrumentStream(BTC, TapePipeline(BTC, last, CandleAggregator(BTC, [Timeframe.M1])))


def test_a_stream_goes_from_pending_to_live() -> None:
    stream = a_stream()
    assert stream.state is StreamState.PENDING
    stream.on_acknowledged()
    assert stream.state is StreamState.ACKED
    stream.receive(trades_at(0), NOW)
    assert stream.state is StreamState.LIVE
    stream.stale = True
    assert stream.state is StreamState.STALE
    stream.on_lost()
    assert stream.state is StreamState.PENDING


def test_a_second_socket_keeps_a_stream_live() -> None:
    stream = a_stream()
    stream.on_acknowledged()
    stream.on_acknowledged()
    stream.receive(trades_at(0), NOW)
    stream.on_lost()
    assert stream.state is StreamState.LIVE


def test_a_stream_that_misses_ids_is_filling() -> None:
    stream = a_stream(Cursor(at(0), 1))
    stream.on_acknowledged()
    assert stream.receive([a_trade(5, at_s=1)], NOW) == 0
    assert stream.state is StreamState.FILLING
    status = stream.status()
    assert (status.held, status.holes_open, status.trades) == (1, 1, 1)
    assert (status.last_trade_time, status.last_received_at) == (at(1), NOW)


def test_a_renumbered_feed_stops_its_stream_with_a_reason() -> None:
    stream = a_stream(Cursor(at(0), 10))
    stream.on_acknowledged()
    assert stream.receive([a_trade(1, at_s=60)], NOW) == 0
    assert stream.state is StreamState.FAILED
    assert "trade 1" in stream.status().problem
    assert stream.receive([a_trade(11, at_s=61)], NOW) == 0
    assert stream.catch_up([a_trade(11, at_s=61)]) == 0


def test_a_delisted_stream_is_named_and_its_silence_is_no_fault() -> None:
    stream = a_stream()
    stream.on_acknowledged()
    stream.receive(trades_at(0), NOW)
    stream.delist("state at the exchange: delisted")
    stream.stale = True
    assert stream.state is StreamState.DELISTED
    assert stream.status().problem == "state at the exchange: delisted"


def test_catching_up_takes_only_what_is_newer_and_counts_no_duplicates() -> None:
    stream = a_stream(Cursor(at(0), 2))
    assert stream.catch_up(trades_at(-2, -1, 0, 1, first_id=0)) == 1
    assert (stream.newest_id, stream.trades) == (3, 0)
    assert stream.status().duplicates == 0
    batch = stream.pipeline.take()
    assert batch is not None
    assert ids_of(batch.trades) == [3]


def test_catching_up_with_nothing_newer_makes_a_stream_fresh() -> None:
    stream = a_stream(Cursor(at(0), 2))
    stream.on_acknowledged()
    assert stream.catch_up(trades_at(-1, 0)) == 0
    assert stream.state is StreamState.LIVE
    assert stream.catch_up([]) == 0
