import logging

import pytest

from database.messaging.async_bus import open_async_bus
from database.messaging.bus import open_bus
from database.messaging.channels import ChannelMap, channel_name
from database.messaging.outage import ConnectionHeartbeat, OutageLog, RetryGate
from tests.builders import START
from tests.contract.messages import EVERY, LONGER, ONE, OTHERS, PAYLOADS
from utils.clock import ManualClock
from utils.errors import ConfigError
from utils.messaging import Interest


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def test_a_channel_begins_with_the_prefix() -> None:
    assert channel_name("tt", PAYLOADS, "okx:BTC-USDT") == "tt:payloads:okx:BTC-USDT"


def test_keys_are_channels_and_whole_topics_are_patterns() -> None:
    channels = ChannelMap("tt", [ONE, Interest(PAYLOADS, "two"), Interest(OTHERS)])
    assert channels.channels == ["tt:payloads:one", "tt:payloads:two"]
    assert channels.patterns == ["tt:others:*"]
    assert len(channels) == 3


def test_a_key_of_a_topic_received_as_a_whole_requires_no_channel() -> None:
    channels = ChannelMap("tt", [ONE, EVERY, ONE])
    assert (channels.channels, channels.patterns) == ([], ["tt:payloads:*"])


def test_pattern_marks_in_the_prefix_mean_themselves() -> None:
    assert ChannelMap("t*t[1]?\\", [EVERY]).patterns == ["t\\*t\\[1\\]\\?\\\\:payloads:*"]


def test_a_message_is_given_its_topic_and_key() -> None:
    channels = ChannelMap("tt", [EVERY, Interest(LONGER)])
    message = channels.message(b"tt:payloads-too:okx:BTC-USDT", b"{}")
    assert message is not None
    assert (message.topic, message.key, message.raw) == (LONGER, "okx:BTC-USDT", b"{}")
    assert channels.message(b"tt:others:x", b"{}") is None


def test_an_outage_is_reported_once_in_ten_seconds_and_its_end_once(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    outage = OutageLog(clock)
    with caplog.at_level(logging.INFO, "truetape.bus"):
        outage.record_success()
        for _ in range(25):
            outage.record_failure(ConnectionError("refused"))
            clock.advance(1)
        outage.record_success()
        outage.record_success()
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3 + ["INFO"]


def test_a_gate_closes_for_longer_and_longer_up_to_a_limit(clock: ManualClock) -> None:
    gate = RetryGate(clock)
    assert gate.wait_s == 0
    waits = []
    for _ in range(12):
        gate.record_failure()
        waits.append(gate.wait_s)
        clock.advance(gate.wait_s)
        assert gate.wait_s == 0
    assert waits[0] <= 0.375
    assert max(waits) <= 7.5
    assert waits[-1] >= 2.5
    gate.record_success()
    gate.record_failure()
    assert gate.wait_s <= 0.375


def test_a_silent_connection_is_pinged_and_then_given_up(clock: ManualClock) -> None:
    heartbeat = ConnectionHeartbeat(clock)
    clock.advance(15)
    assert not heartbeat.due
    clock.advance(0.1)
    assert heartbeat.due
    heartbeat.ping_sent()
    assert not heartbeat.due
    clock.advance(4.9)
    assert not heartbeat.missed
    clock.advance(0.2)
    assert heartbeat.missed


def test_any_answer_keeps_a_connection(clock: ManualClock) -> None:
    heartbeat = ConnectionHeartbeat(clock)
    clock.advance(16)
    heartbeat.ping_sent()
    clock.advance(4)
    heartbeat.data_received()
    clock.advance(10)
    assert not heartbeat.missed
    assert not heartbeat.due


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://:canary@host"])
def test_a_url_of_something_else_is_refused_without_being_shown(url: str) -> None:
    for open_either in (open_bus, open_async_bus):
        with pytest.raises(ConfigError, match="must look like redis://") as caught:
            open_either(url, prefix="tt")
        assert "canary" not in str(caught.value)
