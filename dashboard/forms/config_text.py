"""Configurations as the texts that forms and tables hold. Pure."""

from collections.abc import Mapping
from typing import Any


def flat_values(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a configuration as the texts of its form fields."""
    values: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            values.update(flat_values(value, f"{prefix}{name}."))
        elif value is not None:
            is_boolean = isinstance(value, bool)
            values[f"{prefix}{name}"] = str(value).lower() if is_boolean else str(value)
    return values


def format_parameters(parameters: Mapping[str, Any]) -> str:
    """Return parameters for display: `fast 12, slow 26`."""
    flat = flat_values(parameters).items()
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in flat)
