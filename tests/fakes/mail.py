"""A mail server that keeps received mail."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mail:
    """One received mail."""

    sender: str
    recipients: list[str]
    text: str


@dataclass
class FakeMailServer:
    """A minimal SMTP server; `refuses` one step: hello, login, recipient or data."""

    refuses: str = ""
    mails: list[Mail] = field(default_factory=list)
    logged_in: bool = False
    port: int = 0

    @contextmanager
    def running(self) -> Iterator["FakeMailServer"]:
        """Serve from a thread until the end of the block."""
        world = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _SmtpSession(world, self.rfile, self.wfile).serve()

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


class _SmtpSession:
    def __init__(self, world: FakeMailServer, reader: object, writer: object) -> None:
        self._world = world
        self._reader = reader
        self._writer = writer
        self._sender = ""
        self._recipients: list[str] = []

    def serve(self) -> None:
        self._reply("421 busy" if self._world.refuses == "hello" else "220 fake")
        while line := self._reader.readline().decode().strip():  # type: ignore[attr-defined]
            word, _, rest = line.partition(" ")
            answer = self._handle(word.upper(), rest)
            self._reply(answer)
            if word.upper() == "QUIT":
                return

    def _handle(self, word: str, rest: str) -> str:
        refuses = self._world.refuses
        if word == "EHLO":
            return "250-fake\r\n250 AUTH PLAIN"
        if word == "AUTH":
            self._world.logged_in = refuses != "login"
            return f"535 bad password, was {rest}" if refuses == "login" else "235 welcome"
        if word == "MAIL":
            self._sender = rest.partition("<")[2].partition(">")[0]
            return "250 ok"
        if word == "RCPT":
            self._recipients.append(rest.partition("<")[2].partition(">")[0])
            return "550 nobody" if refuses == "recipient" else "250 ok"
        if word == "DATA":
            return self._take_mail()
        return "221 bye" if word == "QUIT" else "250 ok"

    def _take_mail(self) -> str:
        self._reply("354 go on")
        lines = []
        while (line := self._reader.readline().decode().rstrip("\r\n")) != ".":  # type: ignore[attr-defined]
            lines.append(line)
        if self._world.refuses == "data":
            return "451 later"
        self._world.mails.append(Mail(self._sender, list(self._recipients), "\n".join(lines)))
        return "250 taken"

    def _reply(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode())  # type: ignore[attr-defined]
        self._writer.flush()  # type: ignore[attr-defined]
