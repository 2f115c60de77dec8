import json

import pytest

from data.simulator.faults import kinds
from data.simulator.faults.registry import FaultRegistry, load_faults, parse_faults
from data.simulator.faults.scheduled_messages import (
    FaultContext,
    ScheduledMessage,
    apply_fault,
    is_late_trade,
)
from data.simulator.protocol.messages import PushMessage
from utils.errors import ConfigError

PAYLOAD = (
    b'{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"7",'
    b'"px":"1","sz":"2","side":"buy","ts":"59900","count":"1","source":"0","seqId":5}]}'
)
SCHEDULED = ScheduledMessage(PushMessage("trades", "BTC-USDT", PAYLOAD, 7, 7, 59_900), due_s=10.0)
CONTEXT = FaultContext(
    now_ms=59_950, real_s=lambda ms: ms / 1000, dice=lambda _: 0.5, close_delay_ms=2_000
)


def apply(fault: kinds.AnyFault) -> list[ScheduledMessage]:
    return apply_fault(fault, SCHEDULED, CONTEXT)


def damaged(kind: kinds.Damage) -> list[ScheduledMessage]:
    return apply(kinds.Malformed(kind=kind))


# scripts


def test_a_script_is_a_list_of_typed_faults():
    found = parse_faults(
        '[{"type":"drop_message","ids":[5]},{"type":"storm","multiplier":20,"duration_s":3}]', "x"
    )
    assert found == (kinds.DropMessage(ids=(5,)), kinds.Storm(multiplier=20, duration_s=3.0))
    assert parse_faults(b'{"type":"notice"}', "x") == (kinds.Notice(),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[{"type":"earthquake"}]', "earthquake.*types are ack_error, ack_lost"),
        ('[{"type":"storm","size":1}]', "unknown field `size`"),
        ('[{"type":"storm","multiplier":0}]', r"multiplier"),
        ('[{"type":"drop_message","probability":1.5}]', r"probability"),
        ('[{"type":"malformed"}]', "missing required field `kind`"),
        ('[{"type":"malformed","kind":"odd"}]', "odd"),
        ('[{"type":"late_after_close","bar":"7m"}]', "'7m' is not one of 1s, 1m"),
        ('[{"type":"candle_revision","bar":"1M"}]', "fixed length"),
        ("[", "truncated"),
    ],
)
def test_a_wrong_script_is_refused_with_the_place(text: str, problem: str):
    with pytest.raises(ConfigError, match=problem):
        parse_faults(text, "faults.json")


def test_a_missing_script_is_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_faults(tmp_path / "faults.json")


# the registry


def registry(now_s: list[float], seed: int = 1) -> FaultRegistry:
    return FaultRegistry(seed=seed, monotonic_s=lambda: now_s[0], now_ms=lambda: 77)


def test_a_fault_acts_in_its_time_only():
    now_s = [100.0]
    faults = registry(now_s)
    armed = faults.add(kinds.DropMessage(start_s=5, duration_s=10))
    seen = []
    for now_s[0] in (104.9, 105.0, 114.9, 115.0):
        seen.append([due for due, _ in faults.due(kinds.DropMessage)] == [armed])
    assert seen == [False, True, True, False]


def test_a_fault_is_used_up_at_its_limit():
    faults = registry([0.0])
    armed = faults.add(kinds.DropMessage(limit=2))
    for _ in range(2):
        assert list(faults.due(kinds.DropMessage))
        faults.note(armed, last_id=5)
    assert not list(faults.due(kinds.DropMessage))
    assert [activation.facts for activation in faults.log] == [{"last_id": 5}] * 2
    assert (faults.log[0].type, faults.log[0].time_ms) == ("drop_message", 77)


def test_a_removed_fault_acts_no_more():
    faults = registry([0.0])
    armed = faults.add(kinds.DropMessage())
    assert faults.remove(armed.number)
    assert not faults.remove(armed.number)
    assert not list(faults.due(kinds.DropMessage))


def test_equal_seeds_decide_equally_and_others_do_not():
    def decisions(seed: int) -> list[bool]:
        faults = registry([0.0], seed)
        armed = faults.add(kinds.DropMessage(probability=0.3))
        return [faults.triggers(armed, 1, match_id) for match_id in range(500)]

    assert decisions(1) == decisions(1)
    assert decisions(1) != decisions(2)
    assert 0.2 < sum(decisions(1)) / 500 < 0.4


# scheduled messages


def test_a_dropped_message_is_gone():
    assert apply(kinds.DropMessage()) == []
    assert apply(kinds.SilentStall()) == []


def test_a_duplicate_follows_at_once_or_later():
    assert apply(kinds.Duplicate(times=2)) == [SCHEDULED] * 3
    later = apply(kinds.Duplicate(times=2, delay_ms=500))
    assert [scheduled.due_s for scheduled in later] == [10.0, 10.5, 11.0]


def test_a_reordered_message_may_be_overtaken():
    (found,) = apply(kinds.Reorder(window_ms=300))
    assert found.due_s == pytest.approx(10.15)
    assert not found.in_order


def test_a_delay_keeps_the_order():
    (found,) = apply(kinds.Delay(latency_ms=250))
    assert (found.due_s, found.in_order) == (10.25, True)
    (found,) = apply(kinds.Delay(burst_ms=3_000))
    assert found.due_s == 12.0


def test_a_late_trade_comes_after_its_candle_was_confirmed():
    fault = kinds.LateAfterClose(within_ms=200, after_ms=500)
    (found,) = apply(fault)
    assert found.due_s == pytest.approx(10.0 + 0.05 + 2.0 + 0.5)
    assert is_late_trade(fault, SCHEDULED.message)
    assert not is_late_trade(fault, SCHEDULED.message._replace(time_ms=59_000))
    assert not is_late_trade(fault, SCHEDULED.message._replace(last_id=-1))


def test_a_truncated_message_is_no_json():
    (found,) = damaged(kinds.Damage.TRUNCATED)
    with pytest.raises(json.JSONDecodeError):
        json.loads(found.message.payload)


def test_an_unknown_event_comes_before_the_message():
    event, message = damaged(kinds.Damage.UNKNOWN_EVENT)
    assert json.loads(event.message.payload)["event"] == "channel-conn-count"
    assert message.message == SCHEDULED.message


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (kinds.Damage.EXTRA_FIELD, lambda tree: "newField" in tree["data"][0]),
        (kinds.Damage.MISSING_FIELD, lambda tree: "count" not in tree["data"][0]),
        (kinds.Damage.NUMBER_FOR_STRING, lambda tree: tree["data"][0]["ts"] == 59900),
        (kinds.Damage.EMPTY_DATA, lambda tree: tree["data"] == []),
    ],
)
def test_damage_shows_in_the_message(kind, check):
    (found,) = damaged(kind)
    assert check(json.loads(found.message.payload))


def test_a_binary_frame_keeps_its_text():
    (found,) = damaged(kinds.Damage.BINARY)
    assert found.binary
    assert found.message.payload == PAYLOAD
