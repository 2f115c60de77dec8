import pytest

from data.imports.tables.columns import Field, locate, parse_mapping
from utils.errors import ConfigError

FIELDS = (Field("id", ("trade_id",)), Field("price", ("px",)), Field("side", required=False))


def test_a_mapping_is_pairs_of_field_and_column():
    assert parse_mapping("id=trade_id, price = px,", FIELDS) == {"id": "trade_id", "price": "px"}
    assert parse_mapping("", FIELDS) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id", "id: must look like price=px"),
        ("id=", "id=: must look like price=px"),
        ("volume=v", "volume: unknown; one of id, price, side"),
        ("id=a,id=b", "id: is given twice"),
    ],
)
def test_a_mapping_that_cannot_be_read_reports_why(text: str, problem: str):
    with pytest.raises(ConfigError, match=f"--columns: {problem}"):
        parse_mapping(text, FIELDS)


def test_columns_are_found_by_their_own_names_in_any_case():
    assert locate(FIELDS, {}, ["PX", " Trade_ID "]) == {"id": 1, "price": 0}


def test_a_mapping_goes_before_names():
    header = ["id", "px", "last_px", "s"]
    assert locate(FIELDS, {"price": "last_px", "side": "s"}, header) == {
        "id": 0, "price": 2, "side": 3,
    }  # fmt: skip


def test_without_a_header_columns_are_numbers_from_zero():
    assert locate(FIELDS, {"id": "2", "price": "0"}, None) == {"id": 2, "price": 0}


def test_a_column_may_bear_a_number_as_its_name():
    assert locate(FIELDS, {"id": "7", "price": "0"}, ["x", "7"]) == {"id": 1, "price": 0}


def test_a_field_can_be_left_out_on_purpose():
    assert locate(FIELDS, {"side": "-"}, ["id", "px", "side"]) == {"id": 0, "price": 1}


@pytest.mark.parametrize(
    ("mapping", "header", "problem"),
    [
        ({}, ["id"], "price: specify it as price=COLUMN; the file has id"),
        ({}, None, "id: specify it as .* no header: use column numbers"),
        ({"price": "cost"}, ["id", "px"], "price: the file has no column 'cost'; it has id, px"),
        ({}, ["id", "trade_id", "px"], "id: could be 'id' and 'trade_id': specify which"),
        ({"price": "id"}, ["id"], "price: reads the same column as id"),
        ({"id": "-"}, ["id", "px"], "id: specify it as"),
    ],
)
def test_a_column_that_cannot_be_found_reports_what_there_is(
    mapping: dict[str, str], header: list[str] | None, problem: str
):
    with pytest.raises(ConfigError, match=problem):
        locate(FIELDS, mapping, header)
