"""Validation of parameters: frozen models, or an error that names field, value and bound."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from utils.errors import FieldProblem
from utils.validation_errors import combined, field_problem

M = TypeVar("M", bound=BaseModel)


def build_model(model: type[M], parameters: Mapping[str, Any], *, source: str) -> M:
    """Validate parameters and return their model.

    Raises ConfigError, naming `source`; it holds the problem of every field at fault.
    """
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as error:
        raise combined(source, _problems(error, model)) from None


def _problems(error: ValidationError, model: type[BaseModel]) -> Iterator[FieldProblem]:
    for each in error.errors(include_url=False):
        found = field_problem(each)
        if each["type"] == "extra_forbidden" and len(each["loc"]) == 1:
            available = ", ".join(model.model_fields) or "none"
            found = FieldProblem(found.field, f"is not a parameter; there are: {available}")
        yield found
