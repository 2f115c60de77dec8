"""Law 2 over real sockets: whatever the exchange does to its messages, the tape is its ledger."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from data.collectors.config import WriterRules
from data.collectors.store import CollectorStore
from data.simulator import Limits, Simulator, SimulatorConfig
from data.simulator.faults import kinds
from data.simulator.faults.kinds import Fault
from data.status import CollectorState
from database.migrate import migrate
from tests.integration.collection import SYMBOLS, a_collection, hasty_config, sql_store

pytestmark = pytest.mark.integration

SPEED = 20.0
LIMITS = Limits(idle_s=3.0, connects_per_s=30)


@dataclass(frozen=True)
class Scenario:
    """What goes wrong for some seconds, and how the collector is set up for it."""

    name: str
    faults: list[Fault]
    faults_s: float = 2.0
    config: dict[str, object] = field(default_factory=dict)
    limits: Limits = LIMITS
    falls_ms: int = 0

    def __str__(self) -> str:
        return self.name


SCENARIOS = [
    Scenario("calm", [], faults_s=4),
    Scenario("times that fall along ids", [], falls_ms=30),
    Scenario("lost messages", [kinds.DropMessage(probability=0.1)]),
    Scenario("duplicates", [kinds.Duplicate(times=2, delay_ms=100, probability=0.5)]),
    Scenario("reordering", [kinds.Reorder(window_ms=150)]),
    Scenario("reordering by count", [kinds.Reorder(window_messages=12)]),
    Scenario("delay", [kinds.Delay(latency_ms=300)]),
    Scenario("bursts", [kinds.Delay(burst_ms=700)]),
    Scenario("late after the candle's close", [kinds.LateAfterClose(after_ms=400)], faults_s=7),
    Scenario("ids that never existed", [
        kinds.IdHole(inst_id="BTC-USDT", count=3, every_s=0.5),
        kinds.IdHole(inst_id="ETH-USDT", count=150, every_s=1),
    ]),
    Scenario("a stalled stream", [
        kinds.SilentStall(inst_id="BTC-USDT", channel="trades-all", limit=200),
    ], faults_s=4),
    Scenario("a dead line", [
        kinds.SilentStall(scope=kinds.StallScope.HALF_OPEN, duration_s=2),
    ], faults_s=4),
    Scenario("a silent server", [
        kinds.SilentStall(scope=kinds.StallScope.ALL, duration_s=2),
    ], faults_s=4),
    Scenario("an acknowledgement lost", [
        kinds.AckLost(inst_id="ETH-USDT", limit=1), kinds.Disconnect(start_s=0.2, limit=1),
    ], faults_s=3),
    Scenario("acknowledged without data", [
        kinds.AckWithoutData(inst_id="BTC-USDT", limit=1), kinds.Disconnect(start_s=0.2, limit=1),
    ], faults_s=4),
    Scenario("refused for a moment", [
        kinds.AckError(code="64007", msg="Operation failed", limit=2),
        kinds.Disconnect(start_s=0.2, limit=1),
    ], faults_s=3),
    Scenario("an upgrade announced", [kinds.Notice(lead_s=1.0, start_s=0.5)]),
    Scenario("a flapping line", [kinds.Disconnect(every_s=0.7, start_s=0.3, close_code=4004)]),
    Scenario("connection resets", [kinds.Disconnect(every_s=0.9, start_s=0.3, reset=True)]),
    Scenario("connections refused", [
        kinds.Disconnect(start_s=0.5, limit=1),
        kinds.RefuseConnect(status=503, start_s=0.4, duration_s=1.5),
    ], faults_s=4),
    Scenario("malformed frames", [
        kinds.Malformed(kind=kind, probability=0.02) for kind in kinds.Damage
    ]),
    Scenario("the last trades repeated", [
        kinds.ResubReplay(count=20),
        kinds.Disconnect(every_s=0.8, start_s=0.4),
    ]),
    Scenario("errors out of the blue", [
        kinds.ErrorEvent(start_s=0.4),
        kinds.ErrorEvent(start_s=1.2, code="60014", close_code=4006),
    ]),
    Scenario("REST in trouble while messages are lost", [
        kinds.DropMessage(probability=0.05),
        kinds.RestFault(kind=kinds.RestDamage.RATE_LIMIT, probability=0.2),
        kinds.RestFault(kind=kinds.RestDamage.UNAVAILABLE, probability=0.2),
        kinds.RestFault(kind=kinds.RestDamage.EMPTY_PAGE, probability=0.1),
        kinds.RestFault(kind=kinds.RestDamage.STALE_PAGE, probability=0.2, lag_ms=20_000),
        kinds.RestFault(kind=kinds.RestDamage.NOT_JSON, probability=0.1),
        kinds.RestFault(kind=kinds.RestDamage.TIMEOUT, probability=0.05, hold_s=1.5),
    ]),
    Scenario("a slow reader is thrown out", [
        kinds.SlowConsumer(buffer_bytes=2_048), kinds.Storm(multiplier=20),
    ], faults_s=2, config={"writer": WriterRules(queue_trades=50, batch_age_s=0.3)}),
    Scenario("two sockets, each losing its own", [
        kinds.DropMessage(probability=0.2), kinds.Disconnect(every_s=1.1, start_s=0.2),
    ], config={"connections": 2}),
    Scenario("merged trades, lost and repeated", [
        kinds.DropMessage(probability=0.1),
        kinds.Duplicate(probability=0.2),
        kinds.Disconnect(every_s=1.3, start_s=0.5),
    ], config={"channel": "trades"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def schema(database_url: str) -> str:
    migrate(database_url)
    return database_url


@pytest.fixture
def store(schema: str, redis_url: str, bus_prefix: str) -> Iterator[CollectorStore]:
    with sql_store(schema, redis_url, bus_prefix) as opened:
        yield opened


@pytest.mark.parametrize(
    ("number", "scenario"), list(enumerate(SCENARIOS)), ids=[str(each) for each in SCENARIOS]
)
async def test_the_stored_tape_equals_the_ledger_after(
    number: int, scenario: Scenario, store: CollectorStore
) -> None:
    simulated = SimulatorConfig(
        seed=number + 1,
        speed=SPEED,
        instruments=SYMBOLS,
        falls_ms=scenario.falls_ms,
        limits=scenario.limits,
    )
    config = hasty_config(f"law-{number}", **scenario.config)
    async with Simulator(simulated) as simulator:
        collection = a_collection(simulator, store, config)
        async with collection.running():
            await collection.until_stored()
            await collection.inject_faults(scenario.faults)
            await asyncio.sleep(scenario.faults_s)
            await collection.until_activated(scenario.faults)
            activated = await collection.clear_faults()
            await collection.until_stored()
        assert activated == {str(fault.__struct_config__.tag) for fault in scenario.faults}
        assert collection.collector.status().state is CollectorState.STOPPED
        if config.channel == "trades-all":
            await collection.require_ledger()
        else:
            await collection.require_every_id_once()
