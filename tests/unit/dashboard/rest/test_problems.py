"""The error answers of the API: field, value, problem and remedy."""

from typing import Any

import pytest
from pydantic import ValidationError

from dashboard.rest.problems import ErrorResponse, problem_of, validation_problem
from dashboard.rest.schema_types import RequestModel
from data.errors import InvalidValue
from utils.errors import ConfigError


class Part(RequestModel):
    size: int


class Whole(RequestModel):
    name: str
    parts: list[Part] = []  # noqa: RUF012 pydantic copies defaults


def problem_of_body(values: Any) -> ErrorResponse:
    """Return the problem of a body, with the places that FastAPI gives."""
    with pytest.raises(ValidationError) as refused:
        Whole.model_validate(values)
    errors = [{**each, "loc": ("body", *each["loc"])} for each in refused.value.errors()]
    return validation_problem(errors, Whole.model_fields)


@pytest.mark.parametrize(
    ("values", "field", "value", "problem"),
    [
        ({}, "name", "", "name is required"),
        ({"name": 7}, "name", "7", "name: must be a text, was 7"),
        (
            {"name": "a", "parts": [{"size": None}]}, "parts[0].size", "",
            "parts[0].size is required",
        ),
        ({"name": "a\0"}, "name", "", "name: must not contain the NUL character"),
        ([], "body", "[]", "body: must be an object, was []"),
    ],
)  # fmt: skip
def test_a_problem_names_field_value_and_what_is_allowed(
    values: Any, field: str, value: str, problem: str
) -> None:
    found = problem_of_body(values)
    assert (found.field, found.value, found.problem) == (field, value, problem)


def test_the_fields_of_a_request_are_the_remedy_for_an_unknown_one() -> None:
    assert problem_of_body({"name": "a", "nam": "b"}).remedy == "Its fields are name, parts."
    nested = problem_of_body({"name": "a", "parts": [{"size": 1, "siz": 2}]})
    assert (nested.field, nested.remedy) == ("parts[0].siz", "")


def test_a_body_of_another_type_is_answered_with_the_header_to_set() -> None:
    found = problem_of_body(b"name=a")
    assert (found.field, "application/json" in found.remedy) == ("body", True)


def test_an_error_keeps_its_sentence_and_its_field() -> None:
    config = problem_of(ConfigError("layout", field="name", problem="is too long"))
    assert (config.field, config.problem) == ("name", "layout: name: is too long")
    assert problem_of(InvalidValue("days must be above 0")).field == ""
