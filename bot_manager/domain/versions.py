"""Versions of a bot's configuration, with author, time and changes."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from bot_manager.domain.config import BotConfig
from bot_manager.errors import NothingChanged
from utils.errors import ConfigError


class ConfigChange(msgspec.Struct, frozen=True, kw_only=True):
    """One changed field; both values as JSON, empty where there is none."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVersion:
    """One version of a configuration; `number` counts from 1."""

    number: int
    config: BotConfig
    actor: str
    reason: str
    made_at: datetime
    changes: tuple[ConfigChange, ...] = ()

    @property
    def bot(self) -> str:
        """Return the name of the bot."""
        return self.config.name

    @property
    def digest(self) -> str:
        """Return a digest of the configuration."""
        text = self.config.model_dump_json(exclude=self.config.outside_digest())
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def revised(
        self, config: BotConfig, *, actor: str, reason: str, made_at: datetime
    ) -> "ConfigVersion":
        """Return the next version.

        Raises NothingChanged, ConfigError if name or instrument change: an account has one each.
        """
        for field in ("name", "instrument"):
            old, new = getattr(self.config, field), getattr(config, field)
            if old != new:
                problem = f"cannot be changed from {old}; clone the bot for {new}"
                raise ConfigError(f"bot {self.bot}", field=field, problem=problem)
        changes = changes_between(self.config, config)
        if not changes:
            raise NothingChanged(f"bot {self.bot}: equals version {self.number}, nothing changed")
        return ConfigVersion(
            number=self.number + 1,
            config=config,
            actor=actor,
            reason=reason,
            made_at=made_at,
            changes=changes,
        )


def first_version(
    config: BotConfig, *, actor: str, reason: str, made_at: datetime
) -> ConfigVersion:
    """Return version 1 of a new bot."""
    return ConfigVersion(number=1, config=config, actor=actor, reason=reason, made_at=made_at)


def changes_between(before: BotConfig, after: BotConfig) -> tuple[ConfigChange, ...]:
    """Return the changed fields; nested fields use dots."""
    old, new = (dict(_leaves(config.model_dump(mode="json"))) for config in (before, after))
    return tuple(
        ConfigChange(field=field, before=old.get(field, ""), after=new.get(field, ""))
        for field in sorted(old.keys() | new.keys())
        if old.get(field) != new.get(field)
    )


def _leaves(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", json.dumps(value)
