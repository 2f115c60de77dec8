"""The addresses at which an exchange is requested."""

import pytest

from config import ExchangeSettings, Settings
from data.collectors.config import Endpoint
from data.status import CollectorState, CollectorStatus
from scripts.composition.exchange import endpoint_of
from tests.builders import START
from utils.errors import ConfigError

RUNNING = CollectorStatus(
    name="demo", exchange="simulated", endpoint="ws://127.0.0.1:7", state=CollectorState.LIVE,
    since=START, reported_at=START, pid=1,
)  # fmt: skip


def settings(exchange: str, **addresses: str) -> Settings:
    return Settings(exchanges={exchange: ExchangeSettings.model_validate(addresses)})


def test_an_exchange_has_its_own_addresses_where_the_settings_have_none() -> None:
    own = endpoint_of("okx", Settings())
    assert own == Endpoint(rest_url="https://openapi.okx.com", ws_url="wss://ws.okx.com:8443")
    moved = endpoint_of("okx", settings("okx", rest_url="https://eea.okx.com"))
    assert moved == Endpoint(rest_url="https://eea.okx.com", ws_url="wss://ws.okx.com:8443")


def test_an_exchange_without_addresses_of_its_own_has_those_of_a_running_collector() -> None:
    local = Endpoint(rest_url="http://127.0.0.1:7", ws_url="ws://127.0.0.1:7")
    assert endpoint_of("simulated", Settings(), [RUNNING]) == local
    given = settings("simulated", rest_url="http://h:1", ws_url="ws://h:1")
    assert endpoint_of("simulated", given, [RUNNING]).ws_url == "ws://h:1"


def test_an_exchange_without_any_address_names_its_variables() -> None:
    with pytest.raises(ConfigError, match="SIMULATED_REST_URL, SIMULATED_WS_URL: must be set"):
        endpoint_of("simulated", settings("simulated", ws_url="ws://h:1"))
