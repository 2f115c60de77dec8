import pytest

from data.simulator.transport.web import BadHttp, WebAnswer, take_request


def test_a_request_is_taken_when_it_is_whole():
    buffer = bytearray(b"POST /sim/clock?a=1&b= HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{}")
    assert take_request(buffer) is None
    buffer += b"  GET"
    request = take_request(buffer)
    assert request is not None
    assert (request.method, request.path, request.body) == ("POST", "/sim/clock", b"{}  ")
    assert request.query == {"a": "1", "b": ""}
    assert request.headers["host"] == "x"
    assert buffer == b"GET"


def test_only_a_websocket_upgrade_is_one():
    def upgrades(header: bytes) -> bool:
        request = take_request(bytearray(b"GET / HTTP/1.1\r\n" + header + b"\r\n\r\n"))
        assert request is not None
        return request.upgrades

    assert upgrades(b"Upgrade: WebSocket")
    assert not upgrades(b"Upgrade: h2c")


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"a" * 70_000,
    ],
)
def test_what_is_no_request_is_refused(raw: bytes):
    with pytest.raises(BadHttp):
        take_request(bytearray(raw))


def test_an_answer_has_its_length():
    assert WebAnswer(b"{}", 429).encode() == (
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )
