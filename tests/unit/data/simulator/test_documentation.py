"""What can be scripted and requested is in docs/simulator.md, under its own name."""

from pathlib import Path
from typing import get_args

import pytest

from data.simulator.control import ROUTES
from data.simulator.faults.kinds import AnyFault
from data.simulator.protocol.requests import CANDLE_CHANNELS
from data.simulator.protocol.rest import ENDPOINTS

TEXT = (Path(__file__).parents[4] / "docs" / "simulator.md").read_text()
COMMON = {
    "start_s",
    "duration_s",
    "limit",
    "probability",
    "channel",
    "inst_id",
    "path",
    "connection",
}


@pytest.mark.parametrize("fault", get_args(AnyFault))
def test_every_fault_has_its_row_with_all_its_fields(fault: type[AnyFault]):
    (row,) = [
        line
        for line in TEXT.splitlines()
        if line.startswith(f"| `{fault.__struct_config__.tag}` |")
    ]
    for field in set(fault.__struct_fields__) - COMMON:
        assert f"`{field}`" in row


@pytest.mark.parametrize("field", sorted(COMMON))
def test_common_fields_are_explained(field: str):
    assert f"`{field}`" in TEXT


@pytest.mark.parametrize("route", ROUTES)
def test_every_control_request_has_its_row(route: tuple[str, str]):
    method, path = route
    assert f"| `{method} {path}" in TEXT


@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_endpoint_is_named(path: str):
    assert f"`{path}`" in TEXT


def test_every_candle_length_is_named():
    for channel in CANDLE_CHANNELS:
        assert channel.removeprefix("candle").removesuffix("utc") in TEXT
