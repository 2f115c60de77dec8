"""Settings of telemetry and alerts."""

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from config.secret import Secret
from config.section import Section, words

AlertSeverity = Literal["info", "warning", "critical"]


def _span_of_day(value: object) -> object:
    """Read `22:00-07:00` as two times."""
    if isinstance(value, str):
        start, dash, end = value.partition("-")
        if not dash or start.strip() == end.strip():
            raise ValueError("must look like 22:00-07:00, in UTC")
        return start.strip(), end.strip()
    return value


def _web_address(secret: Secret) -> Secret:
    if not secret.reveal().startswith(("http://", "https://")):
        raise ValueError("must begin with https://")
    return secret


class TelemetrySettings(Section):
    """Figures of the platform: TELEMETRY_*. Samples for hours, points of ten minutes for days."""

    model_config = SettingsConfigDict(env_prefix="TELEMETRY_")

    every_s: float = Field(default=10, ge=1, le=300)
    keep_hours: float = Field(default=12, ge=1, le=720)
    keep_days: float = Field(default=30, ge=1, le=3650)


class AlertSettings(Section):
    """Who is told what: ALERTS_*. A channel is in use if its address is set."""

    model_config = SettingsConfigDict(env_prefix="ALERTS_")

    repeat_minutes: float = Field(default=60, ge=0, le=10_080)
    keep_days: float = Field(default=90, ge=1, le=3650)
    least_severity: AlertSeverity = "warning"
    quiet_hours: Annotated[tuple[time, time] | None, NoDecode, BeforeValidator(_span_of_day)] = None
    webhook_url: Annotated[Secret, AfterValidator(_web_address)] | None = None
    discord_url: Annotated[Secret, AfterValidator(_web_address)] | None = None
    telegram_token: Secret | None = None
    telegram_chat: str = ""
    telegram_url: str = Field(default="https://api.telegram.org", pattern=r"^https?://[^\s/]+$")
    mail_host: str = ""
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_encryption: Literal["tls", "starttls", "none"] = "starttls"
    mail_user: str = ""
    mail_password: Secret | None = None
    mail_from: str = ""
    mail_to: Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)] = ()

    @model_validator(mode="after")
    def _whole(self) -> "AlertSettings":
        if (self.telegram_token is None) != (not self.telegram_chat):
            raise ValueError("ALERTS_TELEGRAM_TOKEN and ALERTS_TELEGRAM_CHAT go together")
        if bool(self.mail_host) != bool(self.mail_from and self.mail_to):
            raise ValueError("ALERTS_MAIL_HOST, ALERTS_MAIL_FROM and ALERTS_MAIL_TO go together")
        return self
