"""The simulated exchange over real sockets, behaving well."""

import asyncio
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from data import InstrumentId, Timeframe, aggregate
from data.simulator import Limits
from tests.integration.simulator_client import (
    client,
    control,
    following,
    get,
    get_raw,
    running,
    web,
)

ROOT = Path(__file__).parents[2]
BTC = InstrumentId("simulated", "BTC-USDT")


def listen_idle(seconds: float) -> Limits:
    return Limits(connects_per_s=1_000, rest_rates=False, idle_s=seconds)


async def test_every_arg_is_answered_in_order_before_any_data():
    async with running() as simulator, client(simulator) as reader:
        args = [("trades-all", "BTC-USDT"), ("trades-all", "FOO"), ("candle1m", "BTC-USDT")]
        await reader.subscribe(*args, id="77")
        first = [await reader.next() for _ in range(3)]
        assert [each["event"] for each in first] == ["subscribe", "error", "subscribe"]
        assert {each["id"] for each in first} == {"77"}
        assert first[0]["arg"] == {"channel": "trades-all", "instId": "BTC-USDT"}
        assert first[1]["code"] == "60018"
        assert "channel:trades-all,instId:FOO doesn't exist" in first[1]["msg"]
        assert len({each["connId"] for each in first}) == 1
        assert "data" in await reader.next()


async def test_a_second_subscribe_is_acknowledged_and_changes_nothing():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 5)
        await reader.subscribe(("trades-all", "BTC-USDT"))
        await reader.until(lambda it: len(it.events) == 2 and len(it.ids()) >= 50)
        assert reader.ids() == list(range(reader.ids()[0], reader.ids()[-1] + 1))


async def test_trades_all_sends_every_id_once_and_in_order():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 300)
        first, last = reader.ids()[0], reader.ids()[-1]
        assert reader.ids() == list(range(first, last + 1))
        received = [(row["px"], row["sz"], row["side"]) for row in reader.rows("trades-all")]
        ledger = simulator.oracle.trades(BTC, first, last)
        assert [(str(trade.price), trade.side.value) for trade in ledger] == [
            (price, side) for price, _, side in received
        ]


async def test_the_merged_trades_cover_every_id_once():
    async with running() as simulator, following(simulator, channel="trades") as reader:
        await reader.until(lambda it: len(it.ids("trades")) >= 300)
        rows = reader.rows("trades")[1:]
        covered = [
            match_id
            for row in rows
            for match_id in range(
                int(row["tradeId"]) - int(row["count"]) + 1, int(row["tradeId"]) + 1
            )
        ]
        assert covered == list(range(covered[0], covered[-1] + 1))
        assert any(row["count"] != "1" for row in rows)


async def test_rest_and_websocket_return_the_same():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 60)
        pushed = {row["tradeId"]: row for row in reader.rows("trades-all")}
        newest = max(reader.ids()) + 1
        polled = await get(
            simulator, "market/history-trades", instId="BTC-USDT", after=newest, limit=50
        )
        assert [pushed[row["tradeId"]] for row in polled] == polled


async def test_candles_of_rest_are_what_our_own_fold_makes_of_the_trades():
    async with running(speed=0) as simulator:
        now_ms = simulator.clock.now_ms()
        start = datetime.fromtimestamp(now_ms // 3_600_000 * 3_600, UTC) - timedelta(hours=2)
        first_ms = int(start.timestamp() * 1000)
        found = await control(
            simulator, "GET", f"ledger?inst_id=BTC-USDT&from_ms={first_ms - 60_000}&to_ms={now_ms}"
        )
        ids = [int(row["tradeId"]) for row in found["matches"]]
        trades = simulator.oracle.trades(BTC, ids[0], ids[-1])
        for timeframe, bar in ((Timeframe.M1, "1m"), (Timeframe.M15, "15m"), (Timeframe.H1, "1H")):
            ours = {
                candle.open_time: candle
                for candle in aggregate(BTC, [timeframe], trades)
                if candle.open_time >= start
            }
            rows = await get(
                simulator,
                "market/candles",
                instId="BTC-USDT",
                bar=bar,
                before=first_ms - 1,
                limit=300,
            )
            theirs = {
                datetime.fromtimestamp(int(row[0]) / 1000, UTC): row
                for row in rows
                if row[8] == "1"
            }
            assert list(reversed(theirs)) == list(ours)
            for open_time, candle in ours.items():
                received = [candle.open, candle.high, candle.low, candle.close, candle.volume]
                assert [float(text) for text in theirs[open_time][1:6]] == [
                    float(x) for x in received
                ]
            assert simulator.oracle.candles(
                BTC, timeframe, start, datetime.max.replace(tzinfo=UTC)
            ) == list(ours.values())


async def test_pushed_candles_close_once_and_equal_rest():
    async with running(speed=120) as simulator, client(simulator) as reader:
        await reader.subscribe(("candle1m", "DOGE-USDT"))
        await reader.until(lambda it: sum(row[8] == "1" for row in it.rows("candle1m")) >= 6)
        closed = [row for row in reader.rows("candle1m") if row[8] == "1"]
        opens = [int(row[0]) for row in closed]
        assert opens == list(range(opens[0], opens[-1] + 1, 60_000))
        polled = await get(
            simulator, "market/history-candles", instId="DOGE-USDT", after=opens[-1] + 1,
            before=opens[0] - 1,
        )  # fmt: skip
        assert polled == closed[::-1]


async def test_tickers_follow_the_trades():
    async with running() as simulator, client(simulator, "public") as reader:
        await reader.subscribe(("tickers", "BTC-USDT"))
        await reader.until(lambda it: len(it.rows("tickers")) >= 3)
        times = [int(row["ts"]) for row in reader.rows("tickers")]
        assert times == sorted(times)


async def test_ping_is_answered_with_pong():
    async with running() as simulator, client(simulator) as reader:
        await reader.socket.send("ping")
        await reader.next()
        assert reader.frames == ["pong"]
        await (await reader.socket.ping())


async def test_unsubscribed_channels_are_silent():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 5)
        args = [{"channel": "trades-all", "instId": "BTC-USDT"}]
        await reader.socket.send(json.dumps({"op": "unsubscribe", "args": args}))
        await reader.until(lambda it: it.events[-1]["event"] == "unsubscribe")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.socket.recv(), 0.5)


async def test_a_request_that_makes_no_sense_is_answered_with_an_error():
    async with running() as simulator, client(simulator) as reader:
        await reader.socket.send("nonsense")
        assert (await reader.next())["code"] == "60012"
        await reader.socket.send(json.dumps({"op": "dance", "args": [{"channel": "trades"}]}))
        assert (await reader.next())["code"] == "60019"


async def test_the_private_path_requires_a_login_first():
    async with running() as simulator, client(simulator, "private") as reader:
        await reader.subscribe(("trades", "BTC-USDT"))
        assert (await reader.next())["code"] == "60011"


async def test_a_connection_without_subscriptions_is_closed():
    async with running(listen_idle(0.4)) as simulator, client(simulator) as reader:
        assert await reader.closing_code() == 4004


async def test_an_idle_connection_is_closed():
    async with running(listen_idle(0.4), speed=0) as simulator, following(simulator) as reader:
        assert await reader.closing_code() == 4004


async def test_a_ping_keeps_a_quiet_line_open():
    async with running(listen_idle(0.6), speed=0) as simulator, following(simulator) as reader:
        for _ in range(5):
            await asyncio.sleep(0.25)
            await reader.socket.send("ping")
        await reader.until(lambda it: it.frames.count("pong") == 5)


async def test_too_long_a_request_is_closed_with_1009():
    async with running() as simulator, client(simulator) as reader:
        await reader.subscribe(*[("trades-all", f"X{i}-USDT") for i in range(2_000)])
        assert await reader.closing_code() == 1009


async def test_too_many_requests_in_an_hour_are_refused():
    limits = Limits(connects_per_s=1_000, requests_per_hour=3)
    async with running(limits) as simulator, client(simulator) as reader:
        for _ in range(4):
            await reader.subscribe(("candle1m", "FOO"))
        await reader.until(lambda it: len(it.events) == 4)
        assert [event["code"] for event in reader.events] == ["60018"] * 3 + ["60014"]


async def test_the_fourth_connection_of_a_second_is_refused():
    async with running(Limits()) as simulator:
        url = f"{simulator.ws_url}/ws/v5/public"
        opened = [await connect(url) for _ in range(3)]
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
        assert refused.value.response.status_code == 429
        await asyncio.gather(*(each.close() for each in opened))


async def test_rest_refuses_more_requests_than_its_rate():
    async with running(Limits()) as simulator, web(simulator) as caller:
        answers = [await caller.get("/api/v5/public/time") for _ in range(12)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
        assert answers[-1].json() == {"code": "50011", "msg": "Too Many Requests"}


async def test_unknown_rest_arguments_are_reported():
    async with running() as simulator:
        assert (await get_raw(simulator, "market/nothing")).status_code == 404
        async with web(simulator) as caller:
            answer = await caller.post("/api/v5/public/time")
        assert (answer.status_code, answer.json()["code"]) == (405, "50115")


async def test_a_client_may_compress():
    async with running() as simulator:
        url = f"{simulator.ws_url}/ws/v5/business"
        async with connect(url, compression="deflate") as packed:
            args = [{"channel": "trades-all", "instId": "BTC-USDT"}]
            await packed.send(json.dumps({"op": "subscribe", "args": args}))
            texts = [await packed.recv() for _ in range(20)]
        assert json.loads(texts[-1])["arg"]["channel"] == "trades-all"


async def test_two_simulators_with_one_seed_are_one_market():
    frozen = {"speed": 0.0, "start_ms": 1_795_374_600_000}
    query = {"instId": "BTC-USDT", "limit": 50}
    async with running(**frozen) as one, running(**frozen) as two:
        assert await get(one, "market/trades", **query) == await get(two, "market/trades", **query)


async def test_the_clock_can_be_driven_from_outside():
    async with running(speed=0) as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) == 1)
        prepared = await control(simulator, "POST", "prepare", {"ahead_ms": 600_000})
        before = await control(simulator, "GET", "clock")
        after = await control(simulator, "POST", "clock", {"jump_ms": 600_000})
        assert after["now_ms"] - before["now_ms"] == 600_000
        await reader.until(lambda it: len(it.ids()) == 1 + prepared["messages"])
        assert reader.ids() == list(range(reader.ids()[0], reader.ids()[-1] + 1))
        assert reader.ids()[-1] == simulator.oracle.last_id("BTC-USDT")


async def test_control_reports_its_instruments():
    async with running() as simulator, following(simulator) as reader:
        await reader.until(lambda it: len(it.ids()) >= 3)
        (connection,) = await control(simulator, "GET", "connections")
        assert connection["subscriptions"] == ["trades-all:BTC-USDT"]
        assert "GET /sim/ledger" in (await control(simulator, "GET", "nothing"))["known"]
        wrong = await control(simulator, "POST", "clock", {"sped": 1})
        assert "unknown field `sped`" in wrong["error"]
        unknown = await control(simulator, "GET", "ledger?inst_id=X")
        assert "not one of BTC-USDT" in unknown["error"]
        start_ms = simulator.clock.now_ms() // 60_000 * 60_000 - 60_000
        query = f"inst_id=BTC-USDT&bar=1m&from_ms={start_ms}&to_ms={start_ms + 60_000}"
        candle = await control(simulator, "GET", f"ledger?{query}")
        assert len(candle["candles"]) == 1
        assert candle["candles"][0]["matches"] > 0
        assert await control(simulator, "POST", "connections/close", {"code": 4001}) == {
            "closed": [connection["number"]]
        }
        assert await reader.closing_code() == 4001


async def test_a_recorded_tape_is_replayed_as_it_happened(recordings: Path):
    tape = recordings / "tape" / "kraken_xbtusdt_trades_2025-11-10.csv.gz"
    settings = {"tape": tape, "tape_symbol": "XBT-USDT", "instruments": (), "speed": 100_000.0}
    async with running(waits=True, **settings) as simulator, client(simulator) as reader:
        await reader.subscribe(("trades-all", "XBT-USDT"))
        await reader.until(lambda it: len(it.ids()) >= 1_000)
        assert reader.ids() == list(range(10218208, 10219208))


async def test_a_capture_is_played_word_for_word(recordings: Path):
    capture = recordings / "okx" / "okx_ws_public_2022-05-13.raw.gz"
    async with running(capture=capture, instruments=(), speed=0.0) as simulator:
        async with following(simulator, channel="trades") as reader:
            await reader.until(lambda it: len(it.frames) == 410)
            assert len(reader.rows("trades")) == 74
        polled = await get(simulator, "market/trades", instId="BTC-USDT", limit=500)
        assert len(polled) == 69


def test_the_command_serves_until_it_is_stopped():
    command = [sys.executable, "scripts/start_simulator.py", "--instruments", "BTC-USDT"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        answer = httpx.get(f"{url}/market/trades", params={"instId": "BTC-USDT", "limit": 1})
        assert answer.json()["code"] == "0"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_command_refuses_what_it_cannot_do():
    def run(*args: str) -> tuple[int, str]:
        command = [sys.executable, "scripts/start_simulator.py", *args]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    assert run("--instruments", "FOO") == (
        2, "instruments: FOO: the market has only BTC-USDT, ETH-USDT, SOL-USDT, DOGE-USDT, "
        "BTC-USDT-SWAP, ETH-USDT-SWAP\n",
    )  # fmt: skip
    assert run("--host", "0.0.0.0")[0] == 2
