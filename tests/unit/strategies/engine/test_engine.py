"""The engine over a store in memory: which requests are served, and which failures are isolated."""

import json
import os
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest

from data import Timeframe
from scripts.services.strategies import ConfiguredRequests
from strategies import Direction
from strategies.config import ConfigurationFolder, StrategyConfig
from strategies.engine.engine import StrategyEngine
from strategies.engine.settings import EngineSettings
from strategies.requests import LOADED, RequestStatus
from strategies.strategy_files import StrategyVerificationResult
from strategies.topics import SIGNALS
from strategies.user_code.loader import load_file
from strategies.workers.pool import WorkerJob
from tests.builders import BTC, ETH, a_candle, at
from tests.engine_world import World, some_candles, user_file
from tests.fakes.bus import InMemoryBus
from tests.fakes.workers import JobOutcome
from tests.unit.strategies.signal_builders import a_request
from utils.isolation import ItemFailures
from utils.messaging import BusUnavailable, Interest, Topic

QUICK = '{"fast":2,"slow":4}'
CANDLES = some_candles(200, 3)


def problem_of(world: World, requester: str = "chart:1") -> str:
    """Return the problem of the request of an `requester`."""
    return {status.request.requester: status.problem for status in world.requests.all()}[requester]


def request_group(world: World, **changes: object) -> World:
    """Request a quick crossover, and step the engine until it starts the group."""
    world.request(a_request(**({"parameters": QUICK} | changes)))
    world.work(4)
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(
        EngineSettings(user_strategies=tmp_path, history_candles=50, allow_unverified=True)
    )
    world.close(CANDLES[:-3])
    return world


def test_a_group_begins_some_candles_ago_and_follows_each_close(world: World) -> None:
    status = request_group(world).group()
    assert status.started_from == CANDLES[-4].close_time - 50 * Timeframe.M1.duration
    assert status.evaluated_to == CANDLES[-4].close_time
    assert len(world.stored(status.group)) > 3
    world.close([CANDLES[-3]])
    world.work()
    assert world.group().evaluated_to == CANDLES[-3].close_time


def test_equal_requests_share_a_group(world: World) -> None:
    world.request(a_request("bot:1", parameters='{"slow": 4, "fast": 2}'))
    world.request(a_request("chart:9", parameters='{"slow": 4, "fast": 2, "exits": {}}'))
    request_group(world)
    assert world.group().requesters == ("bot:1", "chart:1", "chart:9")


def test_a_group_without_requests_rests_and_goes_on_where_it_was(world: World) -> None:
    group = request_group(world).group().group
    world.requests.withdraw(["chart:1"])
    world.work(2)
    world.close(CANDLES[-3:])
    world.work(2)
    assert world.signals.group(group).evaluated_to == CANDLES[-4].close_time
    request_group(world)
    assert world.group().evaluated_to == CANDLES[-1].close_time
    assert world.group().started_from == CANDLES[-4].close_time - 50 * Timeframe.M1.duration


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"strategy": "Nope"}, "'Nope' is not a strategy; there are: EmaCrossover"),
        ({"parameters": '{"fast": 0}'}, r"fast: must be at least 1"),
        ({"parameters": "[1]"}, 'parameters: must be a JSON object such as {"fast": 5}'),
        ({"parameters": "{"}, "parameters: is not valid JSON"),
        ({"instrument": ETH}, "no 1m candle of okx:ETH-USDT is stored yet"),
    ],
)
def test_what_cannot_be_served_is_reported(
    world: World, changes: dict[str, object], problem: str
) -> None:
    world.request(a_request(**changes))
    world.work(2)
    assert problem in problem_of(world)
    assert world.signals.groups() == []


def test_a_request_is_served_when_its_first_candle_is_stored(world: World) -> None:
    request_group(world, instrument=ETH)
    world.close([a_candle(0, instrument=ETH)])
    world.work(2)
    assert world.group().evaluated_to == at(60)
    assert world.group().target is Direction.FLAT


def test_every_commit_publishes_with_the_watermark(world: World) -> None:
    request_group(world)
    with world.bus.subscribe([Interest(SIGNALS, str(BTC))]) as subscription:
        world.close([CANDLES[-3]])
        world.work()
        (message,) = subscription.receive(1.0)
    (advance,) = message.value().advances
    assert advance.evaluated_to == CANDLES[-3].close_time
    assert world.group().evaluated_to == advance.evaluated_to


class UnavailableBus(InMemoryBus):
    """A bus that raises at every publish."""

    def publish(self, topic: Topic[object], key: str, value: object) -> None:
        raise BusUnavailable(f"{topic.name} {key} {value}")


def test_without_a_bus_signals_are_stored_all_the_same(tmp_path: Path) -> None:
    world = World(EngineSettings(user_strategies=tmp_path), bus=UnavailableBus())
    world.close(CANDLES)
    assert request_group(world).group().evaluated_to == CANDLES[-1].close_time


def test_a_users_strategy_is_skipped_when_it_fails_and_tried_again(world: World) -> None:
    user_file(world.rules.user_strategies)
    outcomes: list[JobOutcome] = ["overruns", "dies"]
    request_group(world, strategy="Mine", parameters="{}")
    for outcome, candle in zip(outcomes, CANDLES[-3:-1], strict=True):
        world.evaluators.outcome = partial(always, outcome)
        world.close([candle])
        world.work(2)
        assert world.group().skipping
    assert "ended its process" in world.group().last_skip.reason
    world.finish()
    assert world.group().skipping
    world.close(CANDLES[-1:])
    world.work(2)
    assert not world.group().skipping
    assert world.group().evaluated_to == CANDLES[-1].close_time


def always(outcome: JobOutcome, _: WorkerJob) -> JobOutcome:
    """Return the same outcome for every job."""
    return outcome


def test_a_strategy_that_waits_holds_up_no_other(world: World) -> None:
    user_file(world.rules.user_strategies)
    world.request(a_request("chart:mine", strategy="Mine"))
    request_group(world)
    world.evaluators.outcome = partial(always, "waits")
    world.close(CANDLES[-3:])
    world.work(3)
    assert world.group().evaluated_to == CANDLES[-1].close_time
    assert world.group("chart:mine").evaluated_to == CANDLES[-4].close_time
    world.finish()
    assert world.group("chart:mine").evaluated_to == CANDLES[-1].close_time


def test_a_raising_strategy_is_skipped_with_its_message(world: World) -> None:
    user_file(world.rules.user_strategies, body='raise LookupError("no \\0 luck")')
    request_group(world, strategy="Mine", parameters="{}")
    assert world.group().last_skip.reason == "raised LookupError: no  luck (mine.py line 11)"
    assert world.group().evaluated_to == CANDLES[-4].close_time


def test_a_file_is_seen_broken_and_repaired_while_the_engine_runs(world: World) -> None:
    path = user_file(world.rules.user_strategies)
    request_group(world, strategy="Mine", parameters="{}")
    first = world.group().group
    text = path.read_text()
    path.write_text(text + "\nx = \n")
    world.work(3)
    (file,) = [file for file in world.strategies.files() if not file.built_in]
    assert (file.problems[0].line, file.problems[0].message) == (14, "SyntaxError: invalid syntax")
    assert "mine.py:14: SyntaxError" in problem_of(world)
    path.write_text(text.replace("frame.close > frame.open", "frame.close >= frame.open"))
    world.work(4)
    second = world.group()
    assert second.group.version != first.version
    assert second.evaluated_to == CANDLES[-4].close_time
    assert problem_of(world) == ""
    path.unlink()
    world.work(3)
    assert "'Mine' is not a strategy" in problem_of(world)
    assert all(file.built_in for file in world.strategies.files())


def test_a_name_that_is_taken_is_a_problem_of_the_later_file(world: World) -> None:
    user_file(world.rules.user_strategies)
    user_file(world.rules.user_strategies, "other.py")
    world.work(3)
    (_, other) = [file for file in world.strategies.files() if not file.built_in]
    assert other.strategies == ()
    assert other.problems[0].message == "the name Mine is in use: choose another"


def test_a_file_that_hangs_is_a_problem_and_no_more(world: World) -> None:
    user_file(world.rules.user_strategies)
    world.inspectors.outcome = partial(always, "overruns")
    world.work(3)
    (file,) = [file for file in world.strategies.files() if not file.built_in]
    assert file.problems[0].message == "running it used more than 20 s"


def test_a_leaking_strategy_is_refused_with_the_report_unless_allowed(tmp_path: Path) -> None:
    world = World(EngineSettings(user_strategies=tmp_path, history_candles=50))
    world.close(CANDLES)
    leaks = Path(__file__).parents[3] / "fixtures" / "leaks" / "last_row.py"
    (tmp_path / "last_row.py").write_text(leaks.read_text())
    world.request(a_request("chart:no", strategy="LastRow"))
    world.request(a_request("chart:yes", strategy="LastRow", allow_unverified=True))
    world.work(5)
    assert "verification failed:\nLastRow: NOT CLEAN" in problem_of(world, "chart:no")
    assert world.group("chart:yes").evaluated_to == CANDLES[-1].close_time
    (verification_result,) = world.strategies.verification_results()
    assert not verification_result.passed
    verified = len(world.memory.verification_results)
    world.restart()
    world.inspectors.outcome = no_verification
    world.work(5)
    assert "NOT CLEAN" in problem_of(world, "chart:no")
    assert len(world.memory.verification_results) == verified


def no_verification(job: WorkerJob) -> JobOutcome:
    """Fail if a job verifies again."""
    assert "VerifyStrategy" not in type(job.query).__name__
    return "answers"


def test_a_strategy_that_never_answers_is_refused_before_it_is_verified(tmp_path: Path) -> None:
    world = World(EngineSettings(user_strategies=tmp_path, history_candles=50))
    world.close(CANDLES)
    user_file(tmp_path)
    world.inspectors.outcome = trying_overruns
    world.request(a_request(strategy="Mine"))
    world.work(5)
    assert problem_of(world) == ("verification failed: trying it used more than 20 s")
    assert world.strategies.verification_results() == []


def trying_overruns(job: WorkerJob) -> JobOutcome:
    """Make a strategy exceed its limit when it is tried."""
    return "overruns" if "TryStrategy" in type(job.query).__name__ else no_verification(job)


@pytest.mark.parametrize(
    "kind", ["InspectFile", "ResolveParameters", "TryStrategy", "VerifyStrategy"]
)
def test_a_loaded_machine_refuses_no_strategy_it_tries_again(tmp_path: Path, kind: str) -> None:
    world = World(EngineSettings(user_strategies=tmp_path, history_candles=50))
    world.close(CANDLES)
    user_file(tmp_path)
    world.inspectors.outcome = lambda job: (
        "starves" if type(job.query).__name__ == kind else "answers"
    )
    world.request(a_request(strategy="Mine"))
    world.work(6)
    if kind == "InspectFile":
        assert "running it was not done: the machine is overloaded; it is retried" in (
            problem_of(world)
        )
    else:
        assert problem_of(world) == LOADED
    world.finish()
    assert problem_of(world) == ""
    assert world.group().evaluated_to == CANDLES[-1].close_time


def test_a_loaded_machine_takes_no_running_strategy_away(world: World) -> None:
    path = user_file(world.rules.user_strategies)
    request_group(world, strategy="Mine", parameters="{}")
    world.inspectors.outcome = partial(always, "starves")
    os.utime(path, (1, 1))
    world.work(3)
    assert problem_of(world) == ""
    world.close(CANDLES[-3:])
    world.work(2)
    assert world.group().evaluated_to == CANDLES[-1].close_time


@pytest.mark.parametrize("kind", ["ResolveParameters", "TryStrategy", "VerifyStrategy"])
def test_a_file_edited_and_repaired_during_a_request_is_not_refused(
    tmp_path: Path, kind: str
) -> None:
    world = World(EngineSettings(user_strategies=tmp_path, history_candles=50))
    world.close(CANDLES)
    path = user_file(tmp_path)
    original = path.read_text()

    def edited(job: WorkerJob) -> JobOutcome:
        if type(job.query).__name__ == kind:
            path.write_text(original.replace("frame.open)", "frame.low)"))
            world.inspectors.reset_files()
        return "answers"

    world.inspectors.outcome = edited
    world.request(a_request(strategy="Mine"))
    world.work(5)
    path.write_text(original)
    world.finish()
    assert problem_of(world) == ""
    assert world.group().evaluated_to == CANDLES[-1].close_time
    assert [
        verification_result.passed
        for verification_result in world.strategies.verification_results()
    ] == [True]


def test_a_candle_evaluated_during_an_edit_is_not_skipped(world: World) -> None:
    path = user_file(world.rules.user_strategies)
    request_group(world, strategy="Mine", parameters="{}")
    original = path.read_text()

    def edited(_: WorkerJob) -> JobOutcome:
        path.write_text(original.replace("frame.open)", "frame.low)"))
        world.evaluators.reset_files()
        return "answers"

    world.close(CANDLES[-3:])
    world.evaluators.outcome = edited
    world.engine.step()
    world.engine.step()
    assert path.read_text() != original
    path.write_text(original)
    world.evaluators.outcome = partial(always, "answers")
    world.work(3)
    assert world.group().last_skip is None
    assert world.group().evaluated_to == CANDLES[-1].close_time


@pytest.mark.parametrize("same_time", [True, False])
def test_a_file_is_read_again_when_its_bytes_or_its_time_change(
    world: World, same_time: bool
) -> None:
    path = world.rules.user_strategies / "mine.py"
    path.write_text("import missing_module_a\n")
    os.utime(path, (5, 5))
    request_group(world, strategy="Mine", parameters="{}")
    assert "missing_module_a" in problem_of(world)
    if same_time:
        path.write_text("import missing_module_b\n")
        os.utime(path, (5, 5))
        world.work(3)
        assert "missing_module_b" in problem_of(world)
    else:
        sys.modules["missing_module_a"] = sys
        os.utime(path, (6, 6))
        world.work(3)
        del sys.modules["missing_module_a"]
        assert "missing_module_a" not in problem_of(world)


def test_a_refusal_is_tried_again_when_its_file_is_touched(tmp_path: Path) -> None:
    world = World(EngineSettings(user_strategies=tmp_path, history_candles=50))
    world.close(CANDLES)
    path = user_file(tmp_path)
    version = load_file(path).version
    world.strategies.save_verification_result(
        StrategyVerificationResult(
            strategy="Mine", version=version, parameters="{}", passed=False,
            report=("wrongly",), verified_at=CANDLES[0].close_time,
        )
    )  # fmt: skip
    world.request(a_request(strategy="Mine"))
    world.work(4)
    assert problem_of(world) == "verification failed: wrongly"
    os.utime(path, (1, 1))
    world.finish()
    assert problem_of(world) == ""


def test_a_valid_strategy_is_verified_and_then_served(tmp_path: Path) -> None:
    world = World(EngineSettings(user_strategies=tmp_path, history_candles=50))
    world.close(CANDLES)
    user_file(tmp_path)
    world.request(a_request(strategy="Mine"))
    world.engine.step()
    assert problem_of(world) in ("the strategies are being read", "the strategy is being read")
    world.work(5)
    assert world.group().evaluated_to == CANDLES[-1].close_time
    assert world.strategies.verification_results()[0].passed


def test_a_restart_takes_nobodys_group_away(world: World) -> None:
    user_file(world.rules.user_strategies)
    request_group(world, strategy="Mine", parameters="{}")
    group = world.group().group
    world.restart()
    world.inspectors.outcome = partial(always, "waits")
    world.work(2)
    assert problem_of(world) == "the strategies are being read"
    assert world.group().group == group
    world.finish()
    assert problem_of(world) == ""


def test_another_engines_progress_is_taken_over(world: World) -> None:
    request_group(world)
    before = world.group()
    world.close([CANDLES[-3]])
    stored = world.memory.groups[before.group]
    stored.evaluated_to = CANDLES[-3].close_time
    world.work(3)
    world.close([CANDLES[-2]])
    world.work(2)
    assert world.group().evaluated_to == CANDLES[-2].close_time


def test_an_outage_of_the_store_only_delays(world: World) -> None:
    request_group(world)
    world.memory.available = False
    world.work(3)
    world.memory.available = True
    world.close(CANDLES[-3:])
    world.work(2)
    assert world.group().evaluated_to == CANDLES[-1].close_time


def test_history_that_arrives_makes_a_cold_group_warm(world: World) -> None:
    request_group(world, instrument=ETH, parameters="{}")
    later = [
        msgspec.structs.replace(candle, instrument=ETH)
        for candle in some_candles(1_200, 5, quiet=0.0)
    ]
    world.close(later[1_000:1_100])
    world.work(2)
    assert world.stored(world.group().group) == []
    assert problem_of(world) == (
        "warming up: 385 1m candles required before its first decision, 100 stored; "
        "the exchange has no older ones: ready at 2025-01-06 23:05 UTC"
    )
    world.close(later[:1_000])
    world.close(later[1_100:])
    world.work(2)
    assert problem_of(world) == ""
    assert world.group().evaluated_to == later[-1].close_time
    assert world.group().target is not Direction.FLAT


@pytest.mark.parametrize("started", [False, True])
def test_a_group_that_the_store_refuses_harms_no_other(world: World, started: bool) -> None:
    world.request(a_request("chart:2", parameters='{"fast":3,"slow":6}'))
    request_group(world)
    refused = world.group("chart:2").group
    if not started:
        world.memory.groups.pop(refused)
        world.restart()
    world.memory.refused = {refused.parameters}
    world.close(CANDLES[-3:-1])
    world.work(4)
    assert world.group("chart:1").evaluated_to == CANDLES[-2].close_time
    (name,) = world.failures.problems()
    assert name == f"strategies group {refused}"
    world.memory.refused = set()
    world.work(120)
    assert world.group("chart:2").evaluated_to == CANDLES[-2].close_time
    assert world.failures.problems() == {}


def test_configured_requests_replace_each_other(world: World) -> None:
    config = StrategyConfig(
        strategy="EmaCrossover",
        title="Crossing",
        parameters={"slow": 30},
        instruments=(str(BTC), str(ETH)),
        timeframes=(Timeframe.M1, Timeframe.H1),
    )
    requests = tuple(config.requests("ema"))
    configurations = iter([ConfigurationFolder(requests), None, ConfigurationFolder(requests[:1])])
    engine = StrategyEngine(
        world.engine._store, world.evaluators, world.inspectors, world.rules, world.clock,
        lambda: next(configurations),
    )  # fmt: skip
    requesters = []
    for _ in range(3):
        engine.step()
        world.clock.advance(2)
        requesters.append([status.request.requester for status in world.requests.all()])
    assert requesters[0] == requesters[1]
    assert len(requesters[0]) == 4
    assert requesters[2] == ["config:ema:okx:BTC-USDT:1m"]
    assert isinstance(world.requests.all()[0], RequestStatus)


def test_a_configuration_that_cannot_be_read_is_stored_with_its_problem(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "configured"
    folder.mkdir()
    good = {"strategy": "EmaCrossover", "title": "x", "instruments": [str(BTC)]}
    (folder / "good.json").write_text(json.dumps(good))
    (folder / "bad.json").write_text('{"strategy": ')
    failures = ItemFailures()
    engine = StrategyEngine(
        world.engine._store, world.evaluators, world.inspectors, world.rules, world.clock,
        ConfiguredRequests(folder, world.clock, failures),
    )  # fmt: skip
    engine.step()
    (wrong,) = [file for file in world.strategies.files() if not file.built_in]
    assert wrong.path == str(folder / "bad.json")
    assert "JSON" in wrong.problems[0].message
    assert list(failures.problems()) == ["strategy configuration bad.json"]
    assert [status.request.requester for status in world.requests.all()] == [
        f"config:good:{BTC}:1m"
    ]
    (folder / "bad.json").write_text(json.dumps(good))
    world.clock.advance(2)
    engine.step()
    assert all(file.built_in for file in world.strategies.files())
    assert failures.problems() == {}


def test_a_configuration_with_a_wrong_instrument_is_refused() -> None:
    with pytest.raises(ValueError, match="must look like okx:BTC-USDT"):
        StrategyConfig(strategy="EmaCrossover", title="x", instruments=("BTC",))


def test_a_strategy_with_a_novel_for_a_parameter_is_refused(world: World) -> None:
    text = user_file(world.rules.user_strategies).read_text()
    novel = text.replace(
        '    title = "Mine"', '    title = "Mi\\0ne"\n    note: str = "word " * 900'
    )
    (world.rules.user_strategies / "mine.py").write_text(novel)
    request_group(world, strategy="Mine", parameters="{}")
    assert "more than 2,000 characters" in problem_of(world)
    (file,) = [file for file in world.strategies.files() if not file.built_in]
    assert file.strategies[0].title == "Mine"
