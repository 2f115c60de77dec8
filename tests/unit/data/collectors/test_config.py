import pytest
from pydantic import ValidationError

from data import InstrumentId, Timeframe
from data.collectors.config import CollectorConfig, Endpoint, HistoryRules


def test_what_is_left_out_has_a_default() -> None:
    config = CollectorConfig(name="spot", exchange="okx", instruments=("BTC-USDT",))
    assert (config.channel, config.connections) == ("", 1)
    assert config.timeframes == tuple(Timeframe)
    assert config.ids == (InstrumentId("okx", "BTC-USDT"),)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instruments", ()),
        ("instruments", ("BTC-USDT", "BTC-USDT")),
        ("instruments", ("okx:BTC-USDT",)),
        ("timeframes", ("1m", "1m")),
        ("timeframes", ("7m",)),
        ("channel", "a\nb"),
        ("exchange", "OKX"),
        ("connections", 0),
        ("name", "Spot 1"),
        ("colour", "green"),
        ("feed", {"heartbeat": 3}),
        ("feed", {"heartbeat_s": 0}),
    ],
)
def test_a_wrong_value_names_its_field(field: str, value: object) -> None:
    given = {"name": "spot", "exchange": "okx", "instruments": ("BTC-USDT",), field: value}
    with pytest.raises(ValidationError) as caught:
        CollectorConfig.model_validate(given)
    assert caught.value.errors()[0]["loc"][0] == field


def test_every_number_can_be_set_from_a_file() -> None:
    text = (
        '{"name": "a", "exchange": "okx", "instruments": ["X-Y"], "repair": {"hold_ids": 7}, '
        '"rest": {"attempts": 1}}'
    )
    config = CollectorConfig.model_validate_json(text)
    assert (config.repair.hold_ids, config.rest.attempts) == (7, 1)


def test_rules_of_history_may_have_their_earlier_names() -> None:
    named = HistoryRules.model_validate({"requests_every_s": 7, "corrections_per_round": 9})
    earlier = {"wanted_every_s": 7, "opinions_per_round": 9}
    assert HistoryRules.model_validate(earlier) == named
    assert (named.requests_every_s, named.corrections_per_round) == (7, 9)


@pytest.mark.parametrize(
    ("rest_url", "is_local"),
    [
        ("http://127.0.0.1:9000", True),
        ("http://localhost", True),
        ("https://openapi.okx.com", False),
    ],
)
def test_no_proxy_stands_between_us_and_this_machine(rest_url: str, *, is_local: bool) -> None:
    assert Endpoint(rest_url=rest_url, ws_url="ws://127.0.0.1:9000").is_local is is_local
