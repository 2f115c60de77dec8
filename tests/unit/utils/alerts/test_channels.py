"""Each channel against a server of its own, right, busy, refusing or away; no secret shows."""

import logging
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.fakes.bus import InMemoryBus
from tests.fakes.mail import FakeMailServer
from tests.fakes.web import FakeWeb
from utils.alerts import Delivery
from utils.alerts.errors import ChannelRefused, ChannelUnavailable
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.channels import (
    DiscordChannel,
    LogChannel,
    MailChannel,
    MailServer,
    PageChannel,
    TelegramChannel,
    WebhookChannel,
)
from utils.alerts.notify.formats import build_test_delivery as message_of_a_test
from utils.alerts.topics import ALERTS
from utils.messaging import Interest

CANARY = "c4n4ry-5ecret"
MESSAGE = message_of_a_test("any", "me", datetime(2026, 3, 1, 12, tzinfo=UTC))
TITLE = "test: alerts of Truetape are sent to this channel"


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb().running() as web:
        yield web


def closed_port() -> str:
    """Return an address of a closed port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


WEB_CHANNELS: dict[str, Callable[[str], Channel]] = {
    "webhook": lambda url: WebhookChannel(f"{url}/{CANARY}"),
    "telegram": lambda url: TelegramChannel(url, CANARY, "42"),
    "discord": lambda url: DiscordChannel(f"{url}/api/webhooks/1/{CANARY}"),
}


def test_a_webhook_is_given_every_field(web: FakeWeb) -> None:
    WEB_CHANNELS["webhook"](web.url).send(MESSAGE)
    ((path, message),) = web.requests
    assert path == f"/{CANARY}"
    assert (message["title"], message["kind"], message["severity"]) == (TITLE, "test", "info")
    assert message["id"].startswith("2026-03-01T12:00:00+00:00/")


def test_telegram_is_given_plain_text_for_a_chat(web: FakeWeb) -> None:
    WEB_CHANNELS["telegram"](web.url).send(MESSAGE)
    ((path, message),) = web.requests
    assert path == f"/bot{CANARY}/sendMessage"
    assert message["chat_id"] == "42"
    assert message["text"].startswith(TITLE)
    assert "parse_mode" not in message


def test_discord_mentions_no_user(web: FakeWeb) -> None:
    WEB_CHANNELS["discord"](web.url).send(MESSAGE)
    ((_, message),) = web.requests
    assert message["content"].startswith(f"**{TITLE}**")
    assert message["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("name", WEB_CHANNELS)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, ChannelUnavailable),
        (429, ChannelUnavailable),
        (404, ChannelRefused),
        (302, ChannelRefused),
    ],
)
def test_an_answer_determines_whether_to_retry(
    web: FakeWeb, name: str, status: int, error: type[Exception]
) -> None:
    web.status = status
    with pytest.raises(error, match=f"{name} returned HTTP {status}") as caught:
        WEB_CHANNELS[name](web.url).send(MESSAGE)
    assert CANARY not in repr(caught.value)


@pytest.mark.parametrize("name", WEB_CHANNELS)
@pytest.mark.parametrize(
    "url",
    [closed_port(), "http://[::", "http://nowhere.invalid"],
    ids=["nobody listens", "no address", "no host"],
)
def test_an_address_that_cannot_be_reached_is_not_repeated(name: str, url: str) -> None:
    with pytest.raises(ChannelUnavailable, match=f"{name} cannot be reached") as caught:
        WEB_CHANNELS[name](url).send(MESSAGE)
    assert CANARY not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_mail_arrives_with_subject_and_body() -> None:
    with FakeMailServer().running() as server:
        mail_to(server.port, user="me", password=CANARY).send(MESSAGE)
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("bot@here", ["you@there", "me@there"])
    assert f"Subject: Truetape: {TITLE}" in mail.text
    assert "there is no problem" in mail.text
    assert server.logged_in


def test_a_title_cannot_add_a_header_to_a_mail() -> None:
    with FakeMailServer().running() as server:
        mail_to(server.port).send(retitled("x\r\nBcc: somebody@else"))
    assert "\nBcc:" not in server.mails[0].text


@pytest.mark.parametrize(
    ("refuses", "error"),
    [
        ("login", ChannelRefused),
        ("recipient", ChannelRefused),
        ("data", ChannelUnavailable),
        ("hello", ChannelUnavailable),
    ],
)
def test_a_mail_server_that_refuses_is_reported_without_its_text(
    refuses: str, error: type[Exception]
) -> None:
    with FakeMailServer(refuses=refuses).running() as server, pytest.raises(error) as caught:
        mail_to(server.port, user="me", password=CANARY).send(MESSAGE)
    assert CANARY not in repr(caught.value)


def test_a_mail_is_never_sent_in_the_clear_where_it_must_be_hidden() -> None:
    with FakeMailServer().running() as server, pytest.raises(ChannelRefused, match="NotSupported"):
        mail_to(server.port, encryption="starttls").send(MESSAGE)
    assert server.mails == []


def test_a_mail_server_that_is_away_is_tried_again() -> None:
    port = int(closed_port().rsplit(":", 1)[1])
    with pytest.raises(ChannelUnavailable, match="ConnectionRefused"):
        mail_to(port).send(MESSAGE)


def test_the_log_reports_alerts_by_their_severity(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "truetape.alerts"):
        LogChannel().send(MESSAGE)
    assert [(record.levelname, record.message) for record in caplog.records] == [("INFO", "alert")]


def test_open_pages_are_notified() -> None:
    bus = InMemoryBus()
    with bus.subscribe([Interest(ALERTS)]) as subscription:
        PageChannel(bus).send(MESSAGE)
        assert [message.value() for message in subscription.receive(0.0)] == [MESSAGE]


def mail_to(
    port: int, *, user: str = "", password: str = "", encryption: Any = "none"
) -> MailChannel:
    server = MailServer(
        host="127.0.0.1", port=port, encryption=encryption, user=user, password=password
    )
    assert CANARY not in repr(server)
    return MailChannel(server, "bot@here", ("you@there", "me@there"))


def retitled(title: str) -> Delivery:
    return msgspec.structs.replace(MESSAGE, title=title)
