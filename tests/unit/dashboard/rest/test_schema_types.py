"""Types of models: exact numbers as strings, bounded texts, and fields that are refused."""

import json
from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from dashboard.rest.schema_types import (
    MAX_LINE_LENGTH,
    BigInteger,
    DecimalText,
    InstrumentIdText,
    Line,
    RequestModel,
    ResponseModel,
    RowNumber,
)
from data import InstrumentId


class Numbers(ResponseModel):
    price: DecimalText
    trade_id: BigInteger


class Order(RequestModel):
    instrument: InstrumentIdText
    job: RowNumber
    reason: Line = ""


ORDER = {"instrument": "simulated:BTC-USDT", "job": 7}


def test_exact_numbers_are_strings() -> None:
    values = Numbers(price=Decimal("0.10"), trade_id=2**53 + 1)
    assert json.loads(values.model_dump_json()) == {
        "price": "0.10",
        "trade_id": "9007199254740993",
    }


def test_their_schemas_are_those_of_strings() -> None:
    properties = Numbers.model_json_schema(mode="serialization")["properties"]
    assert {name: field["type"] for name, field in properties.items()} == {
        "price": "string",
        "trade_id": "string",
    }


def test_the_name_of_an_instrument_becomes_an_instrument() -> None:
    order = Order.model_validate(ORDER)
    assert order.instrument == InstrumentId.parse("simulated:BTC-USDT")
    assert json.loads(order.model_dump_json())["instrument"] == "simulated:BTC-USDT"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"instrument": "BTC"}, "instrument"),
        ({"instrument": 7}, "instrument"),
        ({"job": "7"}, "job"),
        ({"job": True}, "job"),
        ({"job": -1}, "job"),
        ({"reason": "a\nb"}, "reason"),
        ({"reason": "x" * (MAX_LINE_LENGTH + 1)}, "reason"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate(ORDER | changes)
    assert refused.value.errors()[0]["loc"] == (field,)


@pytest.mark.parametrize("value", ["a\0b", 2**63, float("inf"), "\ud800"])
def test_what_cannot_be_stored_is_refused_anywhere_in_a_body(value: object) -> None:
    with pytest.raises(ValidationError, match="reason: must"):
        Order.model_validate(ORDER | {"reason": value})


def test_requests_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Order.model_validate(ORDER).job = 8  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize("text", ["", "a line", "x" * MAX_LINE_LENGTH])
def test_a_line_is_kept_as_it_is(text: str) -> None:
    assert TypeAdapter(Line).validate_python(text) == text
