"""Settings of telemetry and alerts."""

from datetime import time
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from config.secret import Secret
from config.sections import Section, split_list
from utils.bounds import Host, Line, MailAddress, Port, ServerUrl

AlertSeverity = Literal["info", "warning", "critical"]


def _span_of_day(value: object) -> object:
    """Parse `22:00-07:00` into two times."""
    if isinstance(value, str):
        start, dash, end = value.partition("-")
        if not dash or start.strip() == end.strip():
            raise ValueError("must have the form 22:00-07:00, in UTC")
        return start.strip(), end.strip()
    return value


def _web_address(secret: Secret) -> Secret:
    url = urlsplit(secret.reveal())
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("must start with https:// and contain a host")
    return secret


class TelemetrySettings(Section):
    """Telemetry: TELEMETRY_*. Samples are kept for hours, points of ten minutes for days."""

    model_config = SettingsConfigDict(env_prefix="TELEMETRY_")

    every_s: float = Field(default=10, ge=1, le=300)
    keep_hours: float = Field(default=12, ge=1, le=720)
    keep_days: float = Field(default=30, ge=1, le=3650)


class AlertSettings(Section):
    """Alert channels and their policies: ALERTS_*. A channel is in use if its address is set."""

    model_config = SettingsConfigDict(env_prefix="ALERTS_")

    repeat_minutes: float = Field(default=60, ge=0, le=10_080)
    keep_days: float = Field(default=90, ge=1, le=3650)
    least_severity: AlertSeverity = "warning"
    quiet_hours: Annotated[tuple[time, time] | None, NoDecode, BeforeValidator(_span_of_day)] = None
    webhook_url: Annotated[Secret, AfterValidator(_web_address)] | None = None
    discord_url: Annotated[Secret, AfterValidator(_web_address)] | None = None
    telegram_token: Secret | None = None
    telegram_chat: Line = ""
    telegram_url: ServerUrl = "https://api.telegram.org"
    mail_host: Host = ""
    mail_port: Port = 587
    mail_encryption: Literal["tls", "starttls", "none"] = "starttls"
    mail_user: Line = ""
    mail_password: Secret | None = None
    mail_from: MailAddress = ""
    mail_to: Annotated[tuple[MailAddress, ...], NoDecode, BeforeValidator(split_list)] = ()

    @model_validator(mode="after")
    def _whole(self) -> "AlertSettings":
        if (self.telegram_token is None) != (not self.telegram_chat):
            raise ValueError("ALERTS_TELEGRAM_TOKEN and ALERTS_TELEGRAM_CHAT must be set together")
        mail = (self.mail_host, self.mail_from, self.mail_to)
        if any(mail) and not all(mail):
            raise ValueError(
                "ALERTS_MAIL_HOST, ALERTS_MAIL_FROM and ALERTS_MAIL_TO must be set together"
            )
        if bool(self.mail_user) != (self.mail_password is not None):
            raise ValueError("ALERTS_MAIL_USER and ALERTS_MAIL_PASSWORD must be set together")
        if self.mail_user and not self.mail_host:
            raise ValueError("ALERTS_MAIL_USER and ALERTS_MAIL_PASSWORD require ALERTS_MAIL_HOST")
        return self
