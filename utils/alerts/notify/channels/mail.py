"""Notifications by e-mail through an SMTP server."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from utils.alerts.delivery import Delivery
from utils.alerts.errors import ChannelRefused, ChannelUnavailable
from utils.alerts.notify.channel import Channel

Encryption = Literal["tls", "starttls", "none"]
_TIMEOUT_S = 10.0
_PERMANENT_ERRORS = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPNotSupportedError,
    ssl.SSLCertVerificationError,
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MailServer:
    """The SMTP server that mail is submitted to. Without a user there is no login."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: str = ""


class MailChannel(Channel):
    """Sends plain text from one address to one or more recipients."""

    name = "mail"

    def __init__(self, server: MailServer, sender: str, recipients: tuple[str, ...]) -> None:
        self._server = server
        self._sender = sender
        self._recipients = recipients

    def send(self, delivery: Delivery) -> None:
        message = self._message(delivery)
        try:
            with self._connected() as connection:
                connection.send_message(message)
        except _PERMANENT_ERRORS as error:
            raise ChannelRefused(f"mail refused: {_reason(error)}: check its settings") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelUnavailable(f"mail server unavailable: {_reason(error)}") from None

    def _message(self, delivery: Delivery) -> EmailMessage:
        message = EmailMessage()
        # A line break would begin another header.
        message["Subject"] = f"Truetape: {' '.join(delivery.title.split())}"
        message["From"] = self._sender
        message["To"] = ", ".join(self._recipients)
        message["Date"] = format_datetime(delivery.made_at)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(delivery.body)
        return message

    def _connected(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        connection: smtplib.SMTP
        if server.encryption == "tls":
            connection = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT_S, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_S)
        try:
            if server.encryption == "starttls":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
        except (smtplib.SMTPException, OSError):
            connection.close()
            raise
        return connection


def _reason(error: Exception) -> str:
    """Return the kind of an error only: the server's reply may repeat credentials."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
