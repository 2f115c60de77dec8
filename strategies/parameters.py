"""Validation of parameters: frozen models, or an error that names field, value and bound."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from utils.bounds import UnstorableValue
from utils.errors import ConfigError

M = TypeVar("M", bound=BaseModel)


def build_model(model: type[M], parameters: Mapping[str, Any], *, source: str) -> M:
    """Validate parameters and return their model. Raises ConfigError, naming `source`."""
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # An error across several fields names its field itself.
        inner = first.get("ctx", {}).get("error")
        if isinstance(inner, ConfigError) and not first["loc"]:
            raise ConfigError(source, field=inner.field, problem=inner.problem) from None
        if isinstance(inner, UnstorableValue):
            raise ConfigError(source, field=inner.path, problem=inner.problem) from None
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(source, field=field, problem=_problem(first, model)) from None


def _problem(error: ErrorDetails, model: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        available = ", ".join(model.model_fields) or "none"
        return f"is not a parameter; there are: {available}"
    problem = error["msg"].removeprefix("Value error, ")
    return problem if not error["loc"] else f"{problem}, was {error['input']!r:.200}"
