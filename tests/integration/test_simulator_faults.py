"""The simulated exchange over real sockets, with faults, and their log."""

import asyncio
import json
from itertools import pairwise

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from data.simulator import Limits, Simulator
from data.simulator.faults import kinds
from data.simulator.market.listing import ListingChange
from tests.integration.simulator_client import (
    Client,
    client,
    control,
    following,
    get,
    get_raw,
    running,
)
from utils.errors import ConfigError

ENOUGH = 200


async def trades_through(fault: kinds.AnyFault, enough: int = ENOUGH) -> tuple[Client, Simulator]:
    """Follow bitcoin through a fault that is there from the start."""
    async with running(faults=(fault,)) as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= enough)
        return reader, simulator


def complete(ids: list[int]) -> bool:
    return sorted(set(ids)) == list(range(min(ids), max(ids) + 1))


def activations(simulator: Simulator, fact: str) -> list:
    return [activation.facts[fact] for activation in simulator.fault_log]


# data on its way


async def test_dropped_messages_are_those_of_the_log():
    reader, simulator = await trades_through(kinds.DropMessage(probability=0.2))
    ids = reader.ids()
    missing = set(range(ids[0], ids[-1] + 1)) - set(ids)
    assert missing
    assert missing == {
        lost for lost in activations(simulator, "last_id") if ids[0] < lost < ids[-1]
    }


async def test_named_ids_are_dropped():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 1)
        doomed = simulator.oracle.last_id("BTC-USDT") + 300
        simulator.add_fault(kinds.DropMessage(ids=(doomed,)))
        await reader.until(lambda it: it.ids()[-1] > doomed)
        assert set(range(reader.ids()[0], doomed + 1)) - set(reader.ids()) == {doomed}


async def test_duplicates_come_again():
    reader, _ = await trades_through(kinds.Duplicate(probability=0.3, delay_ms=5))
    assert len(reader.ids()) > 1.1 * len(set(reader.ids()))


@pytest.mark.parametrize(
    "fault", [kinds.Reorder(window_ms=60), kinds.Reorder(window_messages=6, window_ms=0)]
)
async def test_reordered_trades_lose_nothing(fault: kinds.Reorder):
    reader, _ = await trades_through(fault)
    ids = reader.ids()
    assert ids != sorted(ids)
    head = ids[: len(ids) - 60]
    assert set(range(min(head), min(head) + len(head) // 2)) <= set(ids)


async def test_delayed_trades_come_in_bursts_and_in_order():
    reader, _ = await trades_through(kinds.Delay(burst_ms=200, latency_ms=20))
    assert reader.ids() == list(range(reader.ids()[0], reader.ids()[-1] + 1))


async def test_a_late_trade_comes_after_younger_ones():
    fault = kinds.LateAfterClose(within_ms=5_000, after_ms=50)
    reader, simulator = await trades_through(fault, 500)
    ids = reader.ids()
    late = set(activations(simulator, "last_id"))
    overtaken = {early for early, later in pairwise(ids) if later < early}
    assert overtaken
    assert late & set(ids)


async def test_malformed_messages_are_malformed_as_named():
    async with running() as simulator, following(simulator) as reader:
        for kind in kinds.Damage:
            simulator.add_fault(kinds.Malformed(kind=kind, limit=3, start_s=0.05))
        await reader.until(lambda it: len(it.ids()) >= ENOUGH)
        assert any(isinstance(frame, bytes) for frame in reader.frames)
        assert any(event["event"] == "channel-conn-count" for event in reader.events)
        assert {activation.type for activation in simulator.fault_log} == {"malformed"}
        assert len(simulator.fault_log) == 3 * len(kinds.Damage)


@pytest.mark.parametrize("scope", [kinds.StallScope.DATA, kinds.StallScope.ALL])
async def test_a_silent_stall_answers_pings_or_nothing(scope: kinds.StallScope):
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 5)
        stall = simulator.add_fault(kinds.SilentStall(scope=scope))
        await reader.silence()
        await reader.socket.send("ping")
        if scope is kinds.StallScope.DATA:
            await reader.next()
            assert reader.frames[-1] == "pong"
        else:
            await reader.silence()
            assert reader.frames[-1] != "pong"
        seen = len(reader.ids())
        await simulator.remove_fault(stall)
        await reader.until(lambda it: len(it.ids()) > seen + 5)
        assert not complete(reader.ids())


async def test_a_half_open_line_is_dead_and_a_new_one_lives():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 5)
        simulator.add_fault(kinds.SilentStall(scope=kinds.StallScope.HALF_OPEN))
        await asyncio.sleep(0.1)
        await reader.socket.send("ping")
        await reader.silence()
        async with following(simulator) as second:
            await second.until(lambda it: len(it.ids()) >= 5)
        reader.socket.transport.abort()


# requests


async def test_an_ack_may_be_lost():
    fault = kinds.AckLost(limit=1)
    async with running(faults=(fault,)) as simulator, following(simulator) as reader:
        await reader.silence()
        await reader.subscribe(("trades-all", "BTC-USDT"))
        await reader.until(lambda it: len(it.ids()) >= 5)


async def test_an_ack_may_come_without_data():
    fault = kinds.AckWithoutData(limit=1)
    async with running(faults=(fault,)) as simulator, following(simulator) as reader:
        assert (await reader.next())["event"] == "subscribe"
        await reader.silence()
        await reader.subscribe(("trades-all", "BTC-USDT"))
        await reader.until(lambda it: len(it.ids()) >= 5)


async def test_an_ack_may_be_an_error():
    fault = kinds.AckError(code="60014", msg="no {channel}")
    async with running(faults=(fault,)) as simulator, following(simulator) as reader:
        refused = await reader.next()
        assert (refused["event"], refused["code"]) == ("error", "60014")
        assert refused["msg"] == "no trades-all"


async def test_old_trades_may_be_replayed_after_a_subscribe():
    fault = kinds.ResubReplay(count=8)
    async with running(faults=(fault,)) as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 20)
        first = reader.ids()[0]
        assert reader.ids()[1:9] == list(range(first - 7, first + 1))


# connections


async def test_an_error_may_come_out_of_the_blue():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 1)
        simulator.add_fault(kinds.ErrorEvent(code="64007", close_code=4006))
        assert await reader.closing_code() == 4006
        assert reader.events[-1]["code"] == "64007"


@pytest.mark.parametrize(("code", "announced"), [(1006, None), (1001, 1001)])
async def test_a_service_upgrade_is_announced_before_the_close(code: int, announced: int | None):
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 1)
        simulator.add_fault(kinds.Notice(lead_s=0.3, close_code=code))
        assert await reader.closing_code() == announced
        assert (reader.events[-1]["event"], reader.events[-1]["code"]) == ("notice", "64008")


@pytest.mark.parametrize(
    ("fault", "announced"),
    [
        (kinds.Disconnect(close_code=4006), 4006),
        (kinds.Disconnect(), None),
        (kinds.Disconnect(reset=True), None),
        (kinds.Disconnect(after_messages=40), None),
    ],
)
async def test_a_line_may_break(fault: kinds.Disconnect, announced: int | None):
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 1)
        simulator.add_fault(fault)
        assert await reader.closing_code() == announced
        assert activations(simulator, "connection") == [1]


async def test_a_flapping_line_breaks_again_and_again():
    async with running() as simulator:
        simulator.add_fault(kinds.Disconnect(start_s=0.2, every_s=0.2, duration_s=10))
        for _ in range(3):
            async with following(simulator) as reader:
                assert await reader.closing_code() is None
        assert len(simulator.fault_log) == 3


@pytest.mark.parametrize("status", [502, 503, 429])
async def test_a_connect_may_be_refused(status: int):
    async with running(faults=(kinds.RefuseConnect(status=status),)) as simulator:
        with pytest.raises(InvalidStatus) as refused:
            async with client(simulator):
                pass
        assert refused.value.response.status_code == status


async def test_a_connect_may_be_hung_up():
    async with running(faults=(kinds.RefuseConnect(status=None, path="public"),)) as simulator:
        with pytest.raises((InvalidHandshake, ConnectionClosed, OSError, EOFError)):
            async with client(simulator, "public"):
                pass
        async with client(simulator, "business"):
            pass


async def test_a_slow_consumer_is_closed_with_4005():
    limits = Limits(connects_per_s=1_000, send_buffer_bytes=100_000)
    fault = kinds.SlowConsumer(buffer_bytes=4_096)
    lagging = running(limits, faults=(fault,), speed=0)
    async with lagging as simulator, following(simulator) as reader:
        await reader.next()
        reader.socket.transport.pause_reading()
        for _ in range(20):
            simulator.clock.jump(600_000)
            await asyncio.sleep(0.05)
        reader.socket.transport.resume_reading()
        assert await reader.closing_code() == 4005


# REST


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (kinds.RestDamage.RATE_LIMIT, 429, "50011"),
        (kinds.RestDamage.RATE_LIMIT_AS_200, 200, "50011"),
        (kinds.RestDamage.UNAVAILABLE, 503, "50001"),
        (kinds.RestDamage.SYSTEM_ERROR, 500, "50026"),
        (kinds.RestDamage.TIMEOUT, 400, "50004"),
    ],
)
async def test_rest_may_refuse(kind: kinds.RestDamage, status: int, code: str):
    fault = kinds.RestFault(kind=kind, endpoint="/api/v5/market/", hold_s=0.1, limit=1)
    async with running(faults=(fault,)) as simulator:
        answer = await get_raw(simulator, "market/trades", instId="BTC-USDT")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await get_raw(simulator, "market/trades", instId="BTC-USDT")).status_code == 200


async def test_rest_may_answer_incompletely():
    async with running(speed=0) as simulator:
        latest = await get(simulator, "market/trades", instId="BTC-USDT", limit=1)
        stale = simulator.add_fault(
            kinds.RestFault(kind=kinds.RestDamage.STALE_PAGE, lag_ms=3_600_000)
        )
        older = await get(simulator, "market/trades", instId="BTC-USDT", limit=1)
        assert int(older[0]["ts"]) <= int(latest[0]["ts"]) - 3_500_000
        await simulator.remove_fault(stale)
        empty = simulator.add_fault(kinds.RestFault(kind=kinds.RestDamage.EMPTY_PAGE))
        assert await get(simulator, "market/trades", instId="BTC-USDT") == []
        await simulator.remove_fault(empty)
        simulator.add_fault(kinds.RestFault(kind=kinds.RestDamage.UNCONFIRMED_FIRST))
        rows = await get(simulator, "market/history-candles", instId="BTC-USDT", after=10**13)
        assert rows[0][8] == "0"


async def test_rest_may_send_a_page_of_html():
    async with running(faults=(kinds.RestFault(kind=kinds.RestDamage.NOT_JSON),)) as simulator:
        answer = await get_raw(simulator, "public/time")
        assert answer.status_code == 502
        with pytest.raises(json.JSONDecodeError):
            answer.json()


async def test_a_closed_candle_may_be_revised():
    async with running(speed=0) as simulator:
        query = {"instId": "BTC-USDT", "limit": 4}
        before = await get(simulator, "market/candles", **query)
        simulator.add_fault(kinds.CandleRevision(inst_id="BTC-USDT"))
        after = await get(simulator, "market/candles", **query)
        assert after[0] == before[0]
        assert all(old[5] != new[5] for old, new in zip(before[1:], after[1:], strict=True))
        assert all(old[:5] == new[:5] for old, new in zip(before, after, strict=True))


async def test_the_reported_time_may_be_off():
    async with running(speed=0) as simulator:
        simulator.add_fault(kinds.ClockSkew(offset_ms=-1_560))
        (announced,) = await get(simulator, "public/time")
        assert int(announced["ts"]) == simulator.clock.now_ms() - 1_560


# the market


async def test_a_hole_is_in_rest_as_well():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 10)
        simulator.add_fault(kinds.IdHole(inst_id="BTC-USDT", count=7))
        await reader.until(lambda it: not complete(it.ids()))
        (first,), (last,) = activations(simulator, "first_id"), activations(simulator, "last_id")
        assert last - first == 6
        assert set(range(reader.ids()[0], reader.ids()[-1] + 1)) - set(reader.ids()) == set(
            range(first, last + 1)
        )
        rows = await get(
            simulator, "market/history-trades", instId="BTC-USDT", after=last + 2, limit=3
        )
        assert [int(row["tradeId"]) for row in rows] == [last + 1, first - 1, first - 2]


async def test_a_storm_multiplies_the_trades_while_it_lasts():
    async with running(speed=1) as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 1)
        simulator.add_fault(kinds.Storm(inst_id="BTC-USDT", multiplier=2_000, duration_s=60))
        await reader.until(lambda it: len(it.ids()) >= 2_000)
        assert complete(reader.ids())


async def test_a_suspended_instrument_is_reported_and_trades_no_more():
    async with running() as simulator, client(simulator, "public") as reader:
        await reader.socket.send(
            json.dumps(
                {"op": "subscribe", "args": [{"channel": "instruments", "instType": "SPOT"}]}
            )
        )
        await reader.next()
        number = simulator.add_fault(
            kinds.InstrumentEvent(inst_id="BTC-USDT", change=ListingChange.SUSPEND)
        )
        assert (await reader.next())["data"][0]["state"] == "suspend"
        last_id = simulator.oracle.last_id("BTC-USDT")
        await asyncio.sleep(0.2)
        assert simulator.oracle.last_id("BTC-USDT") == last_id
        await simulator.remove_fault(number)
        assert (await reader.next())["data"][0]["state"] == "live"


async def test_a_delisted_instrument_is_unknown():
    event = kinds.InstrumentEvent(inst_id="DOGE-USDT", change=ListingChange.DELIST)
    async with running(faults=(event,)) as simulator, client(simulator) as reader:
        await asyncio.sleep(0.05)
        assert (await get_raw(simulator, "market/trades", instId="DOGE-USDT")).json()[
            "code"
        ] == "51001"
        await reader.subscribe(("trades-all", "DOGE-USDT"))
        assert (await reader.next())["code"] == "60018"


async def test_a_new_instrument_shows_up_without_steps():
    event = kinds.InstrumentEvent(inst_id="NEW-USDT", change=ListingChange.NEW_LISTING)
    async with running(faults=(event,)) as simulator:
        await asyncio.sleep(0.05)
        (found,) = await get(simulator, "public/instruments", instType="SPOT", instId="NEW-USDT")
        assert (found["state"], found["tickSz"]) == ("preopen", "")


# the control of it all


async def test_faults_are_added_listed_logged_and_removed_over_http():
    async with running() as simulator, following(simulator) as reader:
        added = await control(simulator, "POST", "faults", [{"type": "duplicate", "limit": 2}])
        assert added == {"numbers": [1]}
        await reader.until(lambda it: len(it.ids()) > len(set(it.ids())) + 1)
        (listed,) = await control(simulator, "GET", "faults")
        assert listed["fault"]["type"] == "duplicate"
        log = await control(simulator, "GET", "faults/log")
        assert [activation["type"] for activation in log] == ["duplicate"] * 2
        assert await control(simulator, "DELETE", "faults?number=1") == {"removed": True}
        assert await control(simulator, "GET", "faults") == []
        wrong = await control(simulator, "POST", "faults", [{"type": "flood"}])
        assert "flood" in wrong["error"]


async def test_a_fault_of_an_unknown_instrument_is_refused():
    async with running() as simulator:
        with pytest.raises(ConfigError, match="'FOO' is not one of BTC-USDT, DOGE-USDT"):
            simulator.add_fault(kinds.IdHole(inst_id="FOO"))


async def test_a_fault_may_be_for_one_connection_only():
    fault = kinds.DropMessage(connection=2)
    async with (
        running(faults=(fault,)) as simulator,
        following(simulator) as first,
        following(simulator) as second,
    ):
        await first.until(lambda it: len(it.ids()) >= 20)
        assert complete(first.ids())
        await second.silence()
        assert second.ids() == []
