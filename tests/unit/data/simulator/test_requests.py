import pytest

from data.simulator.protocol.requests import Arg, Path, RequestError, parse_request, refusal

KNOWN = frozenset({"BTC-USDT"})


def test_a_request_names_its_channels():
    request = parse_request(
        b'{"id":"7","op":"subscribe","args":[{"channel":"trades-all","instId":"BTC-USDT"}]}'
    )
    assert request.id == "7"
    assert request.args == (Arg("trades-all", "BTC-USDT"),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"hello", "60012"),
        (b'{"op":"subscribe"}', "60012"),
        (b'{"op":"subscribe","args":[]}', "60012"),
        (b'{"op":"subscribe","argss":[{"channel":"trades"}]}', "60012"),
        (b'{"op":"order","args":[{"channel":"trades"}]}', "60019"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_with_its_code(text: bytes, code: str):
    with pytest.raises(RequestError) as error:
        parse_request(text)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("channel", "path"),
    [
        ("trades", Path.PUBLIC), ("tickers", Path.PUBLIC), ("trades-all", Path.BUSINESS),
        ("candle1m", Path.BUSINESS), ("candle1Dutc", Path.BUSINESS),
    ],
)  # fmt: skip
def test_every_channel_has_its_path(channel: str, path: Path):
    other = Path.BUSINESS if path is Path.PUBLIC else Path.PUBLIC
    assert refusal(Arg(channel, "BTC-USDT"), path, KNOWN) is None
    refused = refusal(Arg(channel, "BTC-USDT"), other, KNOWN)
    assert refused is not None
    assert refused.code == "60018"
    assert f"channel:{channel},instId:BTC-USDT" in refused.msg


def test_unknown_instruments_and_channels_are_refused():
    for arg in (Arg("trades", "FOO-BAR"), Arg("candle7m", "BTC-USDT"), Arg("trades")):
        refused = refusal(arg, Path.PUBLIC, KNOWN)
        assert refused is not None
        assert refused.code == "60018"


def test_the_private_path_requires_a_login():
    refused = refusal(Arg("trades", "BTC-USDT"), Path.PRIVATE, KNOWN)
    assert refused is not None
    assert refused.code == "60011"


def test_instruments_are_subscribed_by_kind():
    assert refusal(Arg("instruments", inst_type="SPOT"), Path.PUBLIC, KNOWN) is None
