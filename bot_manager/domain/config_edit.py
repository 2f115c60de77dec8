"""Edit fields of a configuration by name: `exits.stop_loss_bps=150`. Pure."""

import json
from collections.abc import Sequence
from typing import Any

from bot_manager.domain.config import BotConfig, read_bot
from utils.errors import ConfigError


def edit_config(config: BotConfig, given: Sequence[str]) -> BotConfig:
    """Return a configuration with FIELD=VALUE edits applied; nested fields use dots.

    A value is parsed as JSON, else used as text; an empty value removes a parameter. Raises
    ConfigError, naming the field.
    """
    values = config.model_dump(mode="json")
    for one in given:
        field, equals, text = one.partition("=")
        if not equals or not field:
            raise ConfigError("--set", problem=f"must have the form FIELD=VALUE, was {one!r}")
        _put(values, field.split("."), text, field)
    return read_bot(values, source=f"bot {config.name}")


def _put(values: dict[str, Any], path: Sequence[str], text: str, field: str) -> None:
    *parts, last = path
    for part in parts:
        inner = values.get(part)
        if not isinstance(inner, dict):
            raise ConfigError("bot", field=field, problem=f"{part} has no fields")
        values = inner
    if text:
        values[last] = _value(text)
    else:
        values.pop(last, None)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
