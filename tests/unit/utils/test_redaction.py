"""What may be shown, and what may not."""

import pytest

from utils.redaction import Redactor, redact_urls


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://tt:canary@db:5432/tt", "postgresql://tt:***@db:5432/tt"),
        (
            "postgresql+psycopg2://tt:canary@/tt?host=/run",
            "postgresql+psycopg2://tt:***@/tt?host=/run",
        ),
        ("redis://:canary@localhost:6379/0", "redis://:***@localhost:6379/0"),
        ("a password with p@ss/canary in it: x://u:p@ss/canary@h/d", None),
        ("('redis://u:canary@h', 1)", "('redis://u:***@h', 1)"),
        ("see https://h/x?user=a&password=canary&b=1", "see https://h/x?user=a&password=***&b=1"),
        ("host=/run password=canary dbname=tt", "host=/run password=*** dbname=tt"),
    ],
)
def test_passwords_in_urls_and_parameters_are_masked(text: str, shown: str | None) -> None:
    redacted = redact_urls(text)
    if shown is None:
        assert redacted.endswith("x://u:***@h/d")
    else:
        assert redacted == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8050/market?mail=a@b.c",
        "wss://ws.okx.com:8443/ws/v5/public",
        "unix:///var/run/valkey.sock?db=0",
        "postgresql://tt@/tt?host=/run",
        "unexpected token: }",
        "mail a@b.c about http://host:8050 now",
    ],
)
def test_what_holds_no_secret_is_left_alone(text: str) -> None:
    assert redact_urls(text) == text


@pytest.mark.parametrize("secret", ["canary-§1", 'a"b\\c/d e', "p@ss:word/1", "x" * 200])
def test_a_known_secret_is_masked_in_every_form(secret: str) -> None:
    import json
    from urllib.parse import quote, quote_plus

    redactor = Redactor([secret])
    for form in (
        secret,
        json.dumps(secret),
        repr(secret),
        quote(secret, safe=""),
        quote_plus(secret),
    ):
        shown = redactor.text(f"before {form} after")
        assert "***" in shown
        assert secret not in shown
        assert form.strip("'\"") not in shown


def test_a_short_secret_is_masked_as_a_word_only() -> None:
    assert Redactor(["tt"]).text("http of tt: 'tt'") == "http of ***: '***'"


def test_an_empty_secret_masks_nothing() -> None:
    assert Redactor([""]).text("text") == "text"


def test_of_two_secrets_the_longer_is_masked_whole() -> None:
    assert Redactor(["canary", "canary-long"]).text("canary-long canary") == "*** ***"


def test_values_under_a_secret_key_are_masked_at_any_depth() -> None:
    value = {"user": "a", "password": "b", "inner": [{"api_key": "c", "url": "x://u:p@h"}]}
    assert Redactor().value(value) == {
        "user": "a",
        "password": "***",
        "inner": [{"api_key": "***", "url": "x://u:***@h"}],
    }


def test_values_become_plain_json_types() -> None:
    value = {"count": 1, "share": 0.5, "none": None, "yes": True, "error": ValueError("canary-1")}
    assert Redactor(["canary-1"]).value(value) == {**value, "error": "***"}
