"""The errors of pydantic in the platform's own terms."""

from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from utils.bounds import BoundedModel, PositiveCount, Slug
from utils.errors import ConfigError
from utils.validation_errors import config_error


class Inner(BoundedModel):
    size: PositiveCount = 1


class Sample(BoundedModel):
    length: PositiveCount = 1
    share: float = Field(default=0.5, gt=0, lt=1)
    amount: Decimal = Decimal(1)
    rule: Literal["a", "b"] = "a"
    name: Slug = "x"
    is_on: bool = False
    inner: Inner = Inner()
    parts: list[int] = []  # noqa: RUF012 pydantic copies defaults


class Required(BaseModel):
    name: str


def refused(values: dict[str, Any], model: type[BaseModel] = Sample) -> ConfigError:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    return config_error("sample", caught.value)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"length": -5}, "length: must be at least 1, was -5"),
        ({"length": 2_000_000_000}, "length: must be at most 1,000,000,000, was 2000000000"),
        ({"length": 3.7}, "length: must be a whole number, was 3.7"),
        ({"length": "abc"}, "length: must be a whole number, was 'abc'"),
        ({"length": None}, "length: is required"),
        ({"share": 0}, "share: must be above 0, was 0"),
        ({"share": 1}, "share: must be below 1, was 1"),
        ({"amount": "abc"}, "amount: must be a number, was 'abc'"),
        ({"rule": "c"}, "rule: must be 'a' or 'b', was 'c'"),
        ({"name": 7}, "name: must be a text, was 7"),
        ({"is_on": "maybe"}, "is_on: must be true or false, was 'maybe'"),
        ({"inner": 1}, "inner: must be an object, was 1"),
        ({"inner": {"size": 0}}, "inner.size: must be at least 1, was 0"),
        ({"parts": ["x"]}, "parts.0: must be a whole number, was 'x'"),
        ({"more": 1}, "more: is not a known field"),
        ({"name": "a\0"}, "name: must not contain the NUL character"),
    ],
)
def test_an_error_names_field_rule_and_value_in_the_platforms_terms(
    values: dict[str, Any], expected: str
) -> None:
    assert str(refused(values)) == f"sample: {expected}"


def test_an_absent_value_is_required() -> None:
    assert str(refused({}, Required)) == "sample: name: is required"


def test_the_problem_of_every_field_is_kept() -> None:
    error = refused({"length": -5, "share": 3, "amount": "abc"})
    assert [(each.field, each.problem) for each in error.problems] == [
        ("length", "must be at least 1, was -5"),
        ("share", "must be below 1, was 3"),
        ("amount", "must be a number, was 'abc'"),
    ]
