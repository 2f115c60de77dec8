"""Readers of what comes from outside, as bounded types: files, JSON, options, requests."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from utils.errors import ConfigError
from utils.validation_errors import config_error

MAX_FILE_BYTES = 1_000_000


def read_text(path: Path) -> str:
    """Return the text of a file. Raises ConfigError, also where it has more than MAX_FILE_BYTES."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigError(str(path), problem=f"larger than {MAX_FILE_BYTES:,} bytes")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), problem=f"cannot be read: {error}") from error


def read_json(text: str | bytes, *, source: str) -> object:
    """Return the value of a JSON text. Raises ConfigError, also where it is nested too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(source, problem=f"is not valid JSON: {error}") from error


def read_as(kind: Any, value: object, *, source: str) -> Any:
    """Return a value from outside as a type of this module or a pydantic model.

    Raises ConfigError, naming `source`, the field, the value and what is allowed.
    """
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as error:
        raise config_error(source, error) from None


@lru_cache(maxsize=256)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
