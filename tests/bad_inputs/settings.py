"""Bad settings: of each variable what its kind refuses, and those that are of no use alone."""

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic.fields import FieldInfo

from config.sections import ExchangeSettings
from config.settings import SECTIONS
from tests.bad_inputs.values import LONG


@dataclass(frozen=True, slots=True)
class BadSetting:
    """Variables of the environment, and what the problem must name."""

    id: str
    variables: dict[str, str]
    names: tuple[str, ...]

    @property
    def section(self) -> str:
        """Return the prefix of the first variable."""
        return next(iter(self.variables)).partition("_")[0]


NUMBERS = ("nan", "inf", "-inf", "1e308", "1e999", "9" * 400, "-1", "abc", "1,5", "0x10", "")
CHOICES = ("loud", LONG)
FLAGS = ("perhaps", "2", LONG)
HOSTS = ("http://localhost", "a b", "host:80", "host/path", "user@host", LONG)
# Where a text must have a form of its own.
TEXTS: dict[str, tuple[str, ...]] = {
    "DATABASE_URL": ("mysql://h/db", "localhost", "postgresql:/x", LONG),
    "REDIS_URL": ("http://h", "localhost:6379", LONG),
    "REDIS_PREFIX": ("a b", "A", "x" * 41, "a:b"),
    "OKX_REST_URL": ("openapi.okx.com", "wss://h", "https://h/path", "https://", "https://h h"),
    "OKX_WS_URL": ("https://ws.okx.com", "ws.okx.com", "wss://h/x", "wss://h:99999"),
    "DASHBOARD_HOST": HOSTS,
    "DASHBOARD_ALLOWED_HOSTS": HOSTS[:5],
    "DASHBOARD_TRUSTED_PROXIES": ("localhost", "10.0.0.0/99", "http://10.0.0.1"),
    "DASHBOARD_PASSWORD_HASH": ("secret", "$argon2", "$argon2id$v=19$m=1"),
    "LOG_LEVELS": ("collectors", "collectors=LOUD", "=DEBUG"),
    "RETENTION_CANDLES_DAYS": ("1s", "1s=abc", "1s=inf", "1s=nan", "1s=-1", "1s=1e300"),
    "ALERTS_QUIET_HOURS": ("22", "22:00-22:00", "25:00-07:00", "noon-night"),
    "ALERTS_WEBHOOK_URL": ("example.org", "ftp://h", "https://"),
    "ALERTS_DISCORD_URL": ("example.org", "javascript:x"),
    "ALERTS_TELEGRAM_URL": ("api.telegram.org", "ftp://h", "https://h/path"),
    "ALERTS_MAIL_HOST": ("smtp://h", "h:25", "a b"),
    "ALERTS_MAIL_FROM": ("nobody", "a@b c", "@h"),
    "ALERTS_MAIL_TO": ("nobody", "a@b,nobody"),
}
# Right by themselves, and of no use without others.
INCOMPLETE: tuple[dict[str, str], ...] = (
    {"ALERTS_MAIL_HOST": "h"},
    {"ALERTS_MAIL_FROM": "a@b.c"},
    {"ALERTS_MAIL_TO": "a@b.c"},
    {"ALERTS_MAIL_HOST": "h", "ALERTS_MAIL_FROM": "a@b.c"},
    {"ALERTS_MAIL_FROM": "a@b.c", "ALERTS_MAIL_TO": "a@b.c"},
    {"ALERTS_MAIL_USER": "me"},
    {"ALERTS_MAIL_PASSWORD": "secret"},
    {"ALERTS_MAIL_USER": "me", "ALERTS_MAIL_PASSWORD": "secret"},
    {"ALERTS_TELEGRAM_TOKEN": "1:a"},
    {"ALERTS_TELEGRAM_CHAT": "1"},
)


def _settings() -> Iterator[BadSetting]:
    sections = [(kind.model_config.get("env_prefix", ""), kind) for kind in SECTIONS.values()]
    for prefix, section in [*sections, ("OKX_", ExchangeSettings)]:
        for field, info in section.model_fields.items():
            name = f"{prefix}{field}".upper()
            for value in (*_wrong(info), *TEXTS.get(name, ())):
                shown = value if len(value) <= 20 else f"{value[:10]} ({len(value)})"
                # Empty means not set.
                if value:
                    yield BadSetting(f"{name}={shown}", {name: value}, (name,))
    for variables in INCOMPLETE:
        yield BadSetting(" ".join(variables), variables, ("ALERTS_",))


def _wrong(info: FieldInfo) -> tuple[str, ...]:
    kinds = set(_kinds(info.annotation))
    if bool in kinds:
        return FLAGS
    if kinds & {int, float}:
        return (*NUMBERS, *(("1.5",) if int in kinds else ()))
    return CHOICES if "choice" in kinds else ()


def _kinds(annotation: Any) -> Iterator[object]:
    if typing.get_origin(annotation) is Literal:
        yield "choice"
    elif typing.get_origin(annotation) in (None, typing.Union):
        yield annotation
        for part in typing.get_args(annotation):
            yield from _kinds(part)


SETTINGS = list(_settings())
