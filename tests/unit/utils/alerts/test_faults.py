"""Each fault opens the right alert within its time, is notified, and resolves afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
import pytest

from data.status import CollectorState, StreamState
from tests.alert_world import EVERY_S, NOON, World, shipped_rules
from tests.builders import BTC
from utils.alerts import Severity

Act = Callable[[World], object]


def metric(subject: str, name: str, value: float) -> Act:
    return lambda world: world.source_metrics.setdefault(subject, {}).update({name: value})


def own_metric(process: str, name: str, value: float) -> Act:
    return lambda world: world.own.setdefault(process, {}).update({name: value})


def collector(**changes: Any) -> Act:
    def act(world: World) -> None:
        world.collector = msgspec.structs.replace(world.collector, **changes)

    return act


def stream(state: StreamState) -> Act:
    def act(world: World) -> None:
        first, *others = world.collector.streams
        changed = [msgspec.structs.replace(first, state=state), *others]
        worst = CollectorState.LIVE if state is StreamState.LIVE else CollectorState.DEGRADED
        collector(streams=changed, state=worst)(world)

    return act


def counts(name: str, by: int) -> Act:
    return lambda world: collector(**{name: getattr(world.collector, name) + by})(world)


def dies(process: str) -> Act:
    return lambda world: world.restarts.update({process: world.restarts.get(process, 0) + 1})


def stands(process: str, state: str) -> Act:
    return lambda world: world.states.update({process: state})


def stops_reporting(name: str) -> Act:
    return lambda world: world.silent.add(name)


def both(*acts: Act) -> Act:
    return lambda world: [act(world) for act in acts]


def nothing(_: World) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    """What happens, what it must open and nothing else, within which time, and what ends it.

    `again` happens at every poll while the fault lasts.
    """

    inject: Act
    opens: set[str]
    within_s: float
    recover: Act = nothing
    again: Act = nothing
    recovers_within_s: float = 120


FAULTS = {
    "a collector is killed": Fault(
        dies("okx-spot"), {"process-restarted"}, 20, recovers_within_s=400
    ),
    "a bot manager is killed": Fault(
        dies("bots"), {"process-restarted"}, 20, recovers_within_s=400
    ),
    "a process waits for its restart": Fault(
        both(stands("strategies", "waiting"), dies("strategies")),
        {"process-down", "process-restarted"},
        30,
        stands("strategies", "running"),
        recovers_within_s=400,
    ),
    "a process dies again and again": Fault(
        nothing,
        {"process-restarted", "process-crash-loop"},
        60,
        again=dies("dashboard"),
        recovers_within_s=700,
    ),
    "a process is given up": Fault(
        stands("bots", "failed"), {"process-given-up"}, 10, stands("bots", "running")
    ),
    "an item of a process fails": Fault(
        metric("item:bots: bot alice", "failing", 1),
        {"item-failing"},
        40,
        metric("item:bots: bot alice", "failing", 0),
    ),
    "a process hangs": Fault(
        stops_reporting("dashboard"),
        {"process-silent"},
        110,
        lambda world: world.silent.clear(),
    ),
    "a loop lags": Fault(
        own_metric("bots", "loop_lag_ms", 9_000),
        {"process-slow"},
        90,
        own_metric("bots", "loop_lag_ms", 1),
    ),
    "a process eats memory": Fault(
        own_metric("dashboard", "rss_bytes", 3e9),
        {"process-memory"},
        330,
        own_metric("dashboard", "rss_bytes", 1e8),
    ),
    "a channel refuses": Fault(
        both(own_metric("health", "deliveries_failed", 1)),
        {"alert-undelivered"},
        20,
        recovers_within_s=3_700,
    ),
    "the exchange is away": Fault(
        collector(state=CollectorState.DISCONNECTED),
        {"exchange-unreachable"},
        40,
        collector(state=CollectorState.LIVE),
    ),
    "somebody else writes the tapes": Fault(
        collector(state=CollectorState.STARTING, problem="another process writes okx:BTC-USDT"),
        {"collector-not-live"},
        120,
        collector(state=CollectorState.LIVE),
    ),
    "a collector hangs": Fault(
        stops_reporting("okx-spot-1"),
        {"collector-silent"},
        65,
        lambda world: world.silent.clear(),
    ),
    "sockets flap": Fault(
        nothing,
        {"collector-reconnects"},
        90,
        again=counts("reconnects", 1),
        recovers_within_s=700,
    ),
    "a stream stalls though pongs come": Fault(
        stream(StreamState.STALE), {"stream-stale"}, 40, stream(StreamState.LIVE)
    ),
    "the exchange does not know an instrument": Fault(
        stream(StreamState.FAILED), {"stream-refused"}, 20, stream(StreamState.LIVE)
    ),
    "an instrument is delisted": Fault(
        stream(StreamState.DELISTED), {"stream-delisted"}, 20, stream(StreamState.LIVE)
    ),
    "a hole is not filled": Fault(
        stream(StreamState.FILLING),
        {"stream-filling", "collector-not-live"},
        150,
        stream(StreamState.LIVE),
    ),
    "a hole is too large to wait for": Fault(
        metric(f"stream:{BTC}", "holes_deferred", 1),
        {"holes-deferred"},
        20,
        metric(f"stream:{BTC}", "holes_deferred", 0),
    ),
    "trades are lost for good": Fault(
        metric(f"stream:{BTC}", "holes_unrecoverable", 2),
        {"holes-unrecoverable"},
        20,
        recovers_within_s=3_700,
    ),
    "frames are malformed": Fault(
        nothing,
        {"frames-undecodable"},
        60,
        again=counts("undecodable_frames", 3),
        recovers_within_s=400,
    ),
    "our clock is wrong": Fault(
        collector(clock_offset_ms=-3_600_000.0),
        {"clock-wrong"},
        20,
        collector(clock_offset_ms=3.0),
    ),
    "the exchange answers late": Fault(
        own_metric("okx-spot", "received_p95_ms", 6_000),
        {"trades-late"},
        90,
        own_metric("okx-spot", "received_p95_ms", 100),
    ),
    "commits are slow": Fault(
        own_metric("okx-spot", "committed_p95_ms", 6_000),
        {"commits-late"},
        90,
        own_metric("okx-spot", "committed_p95_ms", 100),
    ),
    "nobody is told in time": Fault(
        own_metric("okx-spot", "published_p95_ms", 9_000),
        {"publishing-late"},
        90,
        own_metric("okx-spot", "published_p95_ms", 100),
    ),
    "PostgreSQL hangs, but its store still serves": Fault(
        metric("postgresql", "up", 0), {"database-down"}, 30, metric("postgresql", "up", 1)
    ),
    "the database is slow": Fault(
        metric("postgresql", "answer_ms", 2_000),
        {"database-slow"},
        50,
        metric("postgresql", "answer_ms", 5),
    ),
    "a lock is held": Fault(
        metric("postgresql", "connections_waiting", 3),
        {"database-locked"},
        50,
        metric("postgresql", "connections_waiting", 0),
    ),
    "a query runs and runs": Fault(
        metric("postgresql", "longest_query_s", 50),
        {"database-query-slow"},
        20,
        metric("postgresql", "longest_query_s", 0),
    ),
    "a transaction is forgotten": Fault(
        metric("postgresql", "longest_transaction_s", 1_000),
        {"database-transaction-long"},
        20,
        metric("postgresql", "longest_transaction_s", 0),
    ),
    "connections run out": Fault(
        metric("postgresql", "connections_share", 0.95),
        {"database-connections"},
        90,
        metric("postgresql", "connections_share", 0.2),
    ),
    "the cache is too small": Fault(
        metric("postgresql", "cache_hit_ratio", 0.5),
        {"database-cache"},
        3_630,
        metric("postgresql", "cache_hit_ratio", 0.99),
    ),
    "dead rows are not removed": Fault(
        metric("table:trade", "dead_ratio", 0.7),
        {"table-bloated"},
        21_630,
        metric("table:trade", "dead_ratio", 0.1),
    ),
    "a retention job fails": Fault(
        metric("postgresql", "jobs_failed", 1),
        {"database-jobs-failed"},
        20,
        metric("postgresql", "jobs_failed", 0),
    ),
    "Redis is stopped": Fault(
        metric("redis", "up", 0), {"redis-down"}, 30, metric("redis", "up", 1)
    ),
    "Redis is slow": Fault(
        metric("redis", "answer_ms", 900), {"redis-slow"}, 90, metric("redis", "answer_ms", 1)
    ),
    "Redis runs out of memory": Fault(
        metric("redis", "memory_share", 0.95),
        {"redis-memory"},
        90,
        metric("redis", "memory_share", 0),
    ),
    "the disk runs low": Fault(
        metric("host", "disk_free_bytes", 1e9),
        {"disk-low"},
        10,
        metric("host", "disk_free_bytes", 9e9),
    ),
    "the disk is full": Fault(
        metric("host", "disk_free_bytes", 1e8),
        {"disk-low", "disk-full"},
        10,
        metric("host", "disk_free_bytes", 9e9),
    ),
    "the disk fills": Fault(
        metric("host", "disk_full_in_s", 7_200),
        {"disk-filling"},
        3_630,
        metric("host", "disk_full_in_s", 1e7),
        recovers_within_s=1_900,
    ),
    "memory runs out": Fault(
        metric("host", "memory_available_share", 0.01),
        {"memory-low"},
        150,
        metric("host", "memory_available_share", 0.5),
    ),
    "the processor is busy": Fault(
        metric("host", "cpu_percent", 100),
        {"processor-busy"},
        1_830,
        metric("host", "cpu_percent", 5),
    ),
    "the clock jumps by an hour": Fault(
        metric("host", "clock_jump_s", 3_600),
        {"clock-jumped"},
        10,
        metric("host", "clock_jump_s", 0),
    ),
    "the strategy engine falls behind": Fault(
        metric("signals", "behind_s", 90),
        {"signals-behind"},
        70,
        metric("signals", "behind_s", 0),
    ),
    "a strategy raises": Fault(
        metric("signals", "skipping", 1), {"strategy-skips"}, 10, metric("signals", "skipping", 0)
    ),
    "a file of strategies is broken": Fault(
        metric("signals", "broken_files", 1),
        {"strategy-file-broken"},
        40,
        metric("signals", "broken_files", 0),
    ),
    "a bot starves": Fault(
        metric("bot:scout", "degraded", 1), {"bot-degraded"}, 50, metric("bot:scout", "degraded", 0)
    ),
    "a bot fails": Fault(
        metric("bot:scout", "failed", 1), {"bot-failed"}, 10, metric("bot:scout", "failed", 0)
    ),
    "days of tape cannot go": Fault(
        own_metric("maintenance", "tape_days_held", 2),
        {"tape-held"},
        20,
        own_metric("maintenance", "tape_days_held", 0),
    ),
    "a day of tape was changed": Fault(
        own_metric("maintenance", "tape_days_unverified", 1),
        {"tape-unverified"},
        20,
        own_metric("maintenance", "tape_days_unverified", 0),
    ),
    "tape had to go for want of space": Fault(
        own_metric("maintenance", "tape_days_forced", 1),
        {"tape-forced"},
        20,
        own_metric("maintenance", "tape_days_forced", 0),
    ),
    "retention fails": Fault(
        own_metric("maintenance", "retention_failed", 1),
        {"retention-failed"},
        20,
        own_metric("maintenance", "retention_failed", 0),
    ),
    "a backup fails": Fault(
        own_metric("maintenance", "backup_failed", 1),
        {"backup-failed"},
        20,
        own_metric("maintenance", "backup_failed", 0),
    ),
    "no backup is made": Fault(
        own_metric("maintenance", "backup_age_s", 200_000),
        {"backup-old"},
        20,
        own_metric("maintenance", "backup_age_s", 3_600),
    ),
    "commands wait": Fault(
        metric("bots", "unanswered_s", 40),
        {"bots-unanswered"},
        10,
        metric("bots", "unanswered_s", 0),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_opens_its_alert_in_time_and_resolves_it_afterwards(name: str) -> None:
    fault, world = FAULTS[name], World()
    # No silence is longer than allowed.
    pace_s = EVERY_S if max(fault.within_s, fault.recovers_within_s) < 1_000 else 40.0
    assert world.run(180) == set()
    fault.inject(world)
    assert world.run(fault.within_s, lambda: fault.again(world), every_s=pace_s) == fault.opens
    assert world.open() == fault.opens
    fault.recover(world)
    assert world.run(fault.recovers_within_s, every_s=pace_s) == set()
    assert world.open() == set()
    severities = {rule.name: rule.severity for rule in shipped_rules()}
    for rule in fault.opens:
        notifications_of = world.notifications_of(rule)
        is_notified = severities[rule] is not Severity.INFO
        assert (notifications_of[:1], notifications_of[-1:]) == (
            (["opened"], ["resolved"]) if is_notified else ([], [])
        )


def test_every_rule_has_its_fault() -> None:
    opened = set().union(*(fault.opens for fault in FAULTS.values()))
    assert {rule.name for rule in shipped_rules()} == opened


def test_a_database_that_is_away_is_reported_meanwhile_and_stored_afterwards() -> None:
    world = World()
    world.run(180)
    world.store.available = False
    world.source_metrics["postgresql"]["up"] = 0
    assert world.run(600) == {"database-down"}
    assert world.notifications_of("database-down") == ["opened"]
    assert [alert.rule for alert in world.evaluator.open] == ["database-down"]
    world.store.available = True
    world.source_metrics["postgresql"]["up"] = 1
    assert world.run(300) == set()
    assert world.notifications_of("database-down") == ["opened", "resolved"]
    (alert,) = world.alerts.history(NOON, world.clock.now(), 10)
    assert alert.resolved_at is not None
    assert [str(each.state) for each in world.alerts.deliveries(10)] == ["sent", "sent"]


def test_a_health_service_that_is_killed_goes_on_where_it_was() -> None:
    world = World()
    world.run(180)
    world.source_metrics["host"]["disk_free_bytes"] = 1e9
    world.run(30)
    world.start_health()
    assert world.run(60) == set()
    world.source_metrics["host"]["disk_free_bytes"] = 1e11
    world.run(60)
    assert world.notifications_of("disk-low") == ["opened", "resolved"]


def test_after_a_night_off_no_process_is_taken_for_silent() -> None:
    world = World()
    world.run(180)
    world.clock.advance(8 * 3_600)
    world.start_health()
    assert world.run(300) == set()


def test_an_hour_of_healthy_running_opens_no_alert() -> None:
    world, random = World(), Random(7)

    def wobble() -> None:
        world.source_metrics["host"]["cpu_percent"] = random.uniform(5, 100)
        world.source_metrics["postgresql"]["answer_ms"] = random.lognormvariate(2, 1)
        world.source_metrics["postgresql"]["connections_waiting"] = float(random.random() < 0.05)
        world.source_metrics["redis"]["answer_ms"] = random.lognormvariate(0, 1)
        world.source_metrics["signals"]["behind_s"] = random.choice([0, 1, 60]) * (
            random.random() < 0.2
        )
        for process in ("bots", "dashboard", "okx-spot"):
            world.own[process] = {"loop_lag_ms": random.lognormvariate(3, 1.2)}
        filling = random.random() < 0.05
        stream(StreamState.FILLING if filling else StreamState.LIVE)(world)
        if random.random() < 0.002:
            counts("reconnects", 1)(world)

    assert world.run(3_600, wobble) == set()
    assert world.channel.sent == []
    assert len(world.steps) == 3_600 / EVERY_S


@pytest.mark.parametrize("jump_s", [60, 3_600, -60, -3_600])
def test_a_wall_clock_that_jumps_opens_and_repeats_no_alert(jump_s: float) -> None:
    world = World()
    world.run(180)
    world.source_metrics["host"]["disk_free_bytes"] = 1e9
    assert world.run(60) == {"disk-low"}
    world.clock.jump(jump_s)
    assert world.run(1_800) == set()
    assert world.notifications_of("disk-low") == ["opened"]
    world.source_metrics["host"]["disk_free_bytes"] = 1e11
    world.run(60)
    assert world.notifications_of("disk-low") == ["opened", "resolved"]


@pytest.mark.parametrize("jump_s", [3_600, -3_600])
def test_a_collector_that_falls_silent_as_the_clock_jumps_is_missed(jump_s: float) -> None:
    world = World()
    world.run(180)
    world.clock.jump(jump_s)
    world.silent.add(world.collector.name)
    assert world.run(120) == {"collector-silent"}
