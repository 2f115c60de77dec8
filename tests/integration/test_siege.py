"""The demo under attack: floods of a viewer and of a guesser at the owner's address, and kill -9.

Meanwhile the owner logs in and kills and starts bots every few seconds. Afterwards the stored
trades are the exchange's ledger, bots equal their replay, and the audit list lacks no command.

TRUETAPE_SIEGE_MINUTES=60 uv run pytest -s tests/integration/test_siege.py prints the latencies.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from dashboard.security.key_file import FILE_NAME, KeyFile
from dashboard.security.keys import Keys, new_token
from dashboard.security.roles import Role
from data import EPOCH
from database import Database, SqlHoleRepository, SqlTradeRepository, open_database
from database.embedded import InstanceInfo, read_info
from database.repositories.audit import SqlAuditRepository
from database.repositories.instruments import SqlInstrumentRepository
from scripts.cli.app import app
from tests.integration.live_platform import Market
from tests.integration.test_kills import compare, places
from tests.integration.waits import eventually
from tests.ports import free_port
from utils.audit import AuditOutcome
from utils.compiled_cache import compiled_cache

MINUTES = float(os.environ.get("TRUETAPE_SIEGE_MINUTES", "0"))

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(int(MINUTES * 60) + 1800),
    pytest.mark.embedded,
    pytest.mark.skipif(not MINUTES, reason="TRUETAPE_SIEGE_MINUTES is not set"),
]

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
BOTS = ("donchian-btc-1s", "ema-eth-1m", "rsi-btc-swap-1s")
VICTIMS = (
    "bots", "bots", "collectors", "strategies", "PostgreSQL", "Redis", "dashboard", "health",
    "verification", "maintenance", "simulated",
)  # fmt: skip
# No user can log in or command while the page or the database itself starts again.
NEEDED_BY_OWNER = ("dashboard", "PostgreSQL")
OWNER_EVERY_S = float(os.environ.get("TRUETAPE_SIEGE_OWNER_S", "20"))
COMMAND_WITHIN_S = 2.0
# A login hashes a password, which is slow on purpose, and slower where all cores are busy.
LOGIN_WITHIN_S = 10.0
LEDGER_PAGE = 20_000


@dataclass(frozen=True)
class Span:
    """What happened from when to when, in monotonic seconds."""

    name: str
    began_s: float
    ended_s: float

    @property
    def took_s(self) -> float:
        """Return how long it took."""
        return self.ended_s - self.began_s

    def overlaps(self, other: "Span") -> bool:
        """Return whether both were going on at one time."""
        return self.began_s <= other.ended_s and other.began_s <= self.ended_s


@dataclass
class Demo:
    """`main.py --demo` in a data directory, with an owner's password."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def data_dir(self) -> Path:
        """Return where its servers keep their files."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """Return where its dashboard is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def info(self) -> InstanceInfo:
        """Return where its servers listen."""
        info = read_info(self.data_dir)
        assert info is not None, "the demo does not run"
        return info

    def start(self) -> None:
        """Start main and wait until the page answers."""
        unset = {"DATABASE_URL", "REDIS_URL"}
        environment = {
            **{name: value for name, value in os.environ.items() if name not in unset},
            "DASHBOARD_PASSWORD_HASH": PasswordHasher().hash(PASSWORD),
            "SUPERVISOR_MAX_CRASHES": "100000",
            "SUPERVISOR_LONGEST_DELAY_S": "0.5",
        }
        command = [sys.executable, "main.py", "--demo", "--port", str(self.port)]
        with (self.folder / "main.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir)],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        eventually(lambda: self.answers() and read_info(self.data_dir), within_s=600)

    def answers(self) -> bool:
        """Return whether the page answers."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def child(self, name: str) -> psutil.Process | None:
        """Return a process of the tree: a server by its program, another by its parent's log."""
        assert self.process is not None
        program = {"PostgreSQL": "postgres", "Redis": "valkey"}.get(name)
        pid = None if program else self._logged_pid(name)
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                found = program in " ".join(child.cmdline()[:1]) if program else child.pid == pid
                if found:
                    return child
            except psutil.NoSuchProcess:
                continue
        return None

    def _logged_pid(self, name: str) -> int | None:
        """Return the last process that a supervisor started under a name."""
        started = [
            line["facts"]["pid"]
            for supervisor in ("main", "collectors")
            for line in self._log_lines(supervisor)
            if line["message"] == "process started" and line["facts"]["service"] == name
        ]
        return started[-1] if started else None

    def has_logged(self, name: str, pid: int) -> bool:
        """Return whether a process has written a line of its own log."""
        return any(line["pid"] == pid for line in self._log_lines(name))

    def _log_lines(self, name: str) -> list[dict[str, Any]]:
        log = self.data_dir / "log" / f"{name}.jsonl"
        # The last line may be half written.
        whole = log.read_bytes().rpartition(b"\n")[0] if log.exists() else b""
        return [json.loads(line) for line in whole.splitlines()]

    def market(self) -> Market:
        """Return the simulated exchange, found by the port on which its process listens."""
        simulator = eventually(lambda: self.child("simulator"))
        assert simulator is not None
        (port,) = {
            each.laddr.port
            for each in simulator.net_connections("tcp")
            if each.status == psutil.CONN_LISTEN
        }
        return Market(f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}")

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open its database."""
        database = open_database(self.info.database_url, pool_size=1)
        try:
            yield database
        finally:
            database.close()

    def end(self) -> None:
        """Leave nothing behind."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Killer(threading.Thread):
    """Kill -9 one part after the other at random, each when the one before is back."""

    def __init__(self, demo: Demo) -> None:
        super().__init__(daemon=True)
        self._demo = demo
        self._rng = random.Random(7)
        self.stopping = threading.Event()
        self.spans: list[Span] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stopping.wait(self._rng.uniform(5, 15)):
                self._kill(self._rng.choice(VICTIMS))
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            self.failure = error

    def _kill(self, name: str) -> None:
        victim = self._demo.child(name)
        if victim is None:
            return
        began_s = time.monotonic()
        victim.kill()
        # Until it is back the span is open: actions meanwhile are compared with it.
        open_span = Span(name, began_s, float("inf"))
        self.spans.append(open_span)
        eventually(lambda: self._is_back(name, victim.pid), within_s=300)
        self.spans[self.spans.index(open_span)] = Span(name, began_s, time.monotonic())

    def _is_back(self, name: str, pid: int) -> bool:
        child = self._demo.child(name)
        if child is None or child.pid == pid:
            return False
        if name == "dashboard":
            return self._demo.answers()
        if name == "PostgreSQL":
            with self._demo.database() as database:
                return bool(places(database))
        return name == "Redis" or self._demo.has_logged(name, child.pid)


class Owner:
    """Who logs in and commands; every action is tried until it is done, and timed."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self.client = self._browser()
        self.spans: list[Span] = []
        self.answers: list[str] = []
        self.reasons: list[str] = []
        self.logins = 0

    def _browser(self) -> httpx.Client:
        headers = {"origin": self._demo.url}
        return httpx.Client(base_url=self._demo.url, headers=headers, timeout=30)

    def log_in(self) -> None:
        """Log in with the browser that did before."""
        self._timed("log in, known browser", lambda: self._password(self.client))

    def log_in_anew(self) -> None:
        """Log in with a new browser: by password if it finds a turn, and by a link in any case."""
        with self._browser() as browser:
            began_s = time.monotonic()
            try:
                answer = self._post(browser, "/login", {"name": "admin", "password": PASSWORD})
            except httpx.HTTPError as error:
                self.answers.append(f"new browser {type(error).__name__}")
            else:
                self.answers.append(f"new browser {answer.status_code}")
                if answer.status_code == httpx.codes.SEE_OTHER:
                    self.logins += 1
                    self._add("log in, new browser", began_s)
        with self._browser() as browser:
            self._timed("log in, link of the host", lambda: self._link(browser))
            assert browser.get("/api/v1/access/me").json()["name"] == "admin"

    def command(self, name: str, rule: str, expected_state: str) -> None:
        """Command a bot and wait until its desired state is visible."""
        reason = f"siege {len(self.reasons)}"

        def commanded() -> bool:
            body = {"command": rule, "names": [name], "reason": reason}
            answer = self.client.post("/api/v1/bots/command", json=body)
            if answer.status_code == httpx.codes.OK:
                self.reasons.append(reason)
                return True
            # A command whose answer was lost may have been taken.
            return (
                answer.status_code == httpx.codes.CONFLICT
                and self._row(name)["desired_state"] == expected_state
            )

        def accepted() -> bool:
            return self._row(name)["desired_state"] == expected_state

        self._timed(f"{rule} a bot, seen by all", lambda: commanded() and accepted())

    def state(self, name: str) -> str:
        """Return where a bot is."""
        return str(self._row(name)["state"])

    def kill_all(self) -> None:
        """Stop every bot and wait until each has stopped."""
        body = {"command": "kill", "all_bots": True, "reason": "the siege ends"}
        eventually(
            lambda: self.client.post("/api/v1/bots/command", json=body).is_success, within_s=60
        )
        at_rest = {"stopped", "created"}
        eventually(lambda: {self.state(name) for name in BOTS} <= at_rest, within_s=300)

    def _row(self, name: str) -> "dict[str, object]":
        answer = self.client.get("/api/v1/bots")
        answer.raise_for_status()
        rows: list[dict[str, object]] = answer.json()["rows"]
        return next(
            (row for row in rows if row["name"] == name), {"state": "", "desired_state": ""}
        )

    def _password(self, browser: httpx.Client) -> bool:
        answer = self._post(browser, "/login", {"name": "admin", "password": PASSWORD})
        self.answers.append(f"known browser {answer.status_code}")
        self.logins += answer.status_code == httpx.codes.SEE_OTHER
        return answer.status_code == httpx.codes.SEE_OTHER

    def _link(self, browser: httpx.Client) -> bool:
        made = CliRunner().invoke(
            app, ["users", "link", "admin", "--data-dir", str(self._demo.data_dir)]
        )
        assert made.exit_code == 0, made.output
        token = made.output.strip().rpartition("=")[2]
        answer = self._post(browser, "/login/link", {"token": token})
        return answer.status_code == httpx.codes.SEE_OTHER

    def _post(self, browser: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
        return browser.post(path, data=form)

    def _timed(self, name: str, act: Callable[[], bool]) -> None:
        began_s = time.monotonic()
        until_s = began_s + 300
        while True:
            try:
                if act():
                    break
            except httpx.HTTPError as error:
                self.answers.append(f"{name}: {type(error).__name__}")
            assert time.monotonic() < until_s, f"{name} in vain: {self.answers[-5:]}"
            time.sleep(0.05)
        self._add(name, began_s)

    def _add(self, name: str, began_s: float) -> None:
        self.spans.append(Span(name, began_s, time.monotonic()))


@contextmanager
def flooding(*arguments: str) -> Iterator[None]:
    """Attack from a process of its own."""
    command = [sys.executable, "-m", "tests.integration.load_generator", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield
        finally:
            process.terminate()
            output, _ = process.communicate(timeout=60)
            print(output.strip())
            assert json.loads(output)["broken"] == []


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    compiled = compiled_cache().folder.parent
    demo = Demo(tmp_path)
    demo.data_dir.mkdir()
    (demo.data_dir / "compiled").symlink_to(compiled, target_is_directory=True)
    try:
        yield demo
    finally:
        demo.end()


def test_the_owner_is_served_while_the_demo_is_attacked(demo: Demo) -> None:
    token, text = new_token("viewer", Role.VIEWER, datetime.now(UTC))
    KeyFile(demo.data_dir / FILE_NAME).save(Keys(tokens=(token,)))
    demo.start()
    owner, killer = Owner(demo), Killer(demo)
    owner.log_in()
    eventually(lambda: {owner.state(name) for name in BOTS} <= {"running"}, within_s=600)
    with flooding("viewer", demo.url, text), flooding("guesser", demo.url):
        killer.start()
        attacked(owner, time.monotonic() + MINUTES * 60)
        killer.stopping.set()
        killer.join(timeout=360)
    report(owner, killer)
    assert killer.failure is None, killer.failure
    owner.kill_all()
    with demo.database() as database:
        compare_tapes(demo.market(), database)
        orders = sum(compare(demo.market(), database, name) for name in BOTS)
        print(f"{orders} orders of {len(BOTS)} bots equal their replay")
        compare_audit(owner, database)
    require_quick(owner, killer)


def attacked(owner: Owner, until_s: float) -> None:
    """Log in, kill and start bots until the time is over."""
    turn = 0
    while time.monotonic() < until_s:
        began_s = time.monotonic()
        owner.log_in()
        owner.log_in_anew()
        name = BOTS[turn % len(BOTS)]
        owner.command(name, "kill", "stopped")
        eventually(lambda name=name: is_stopped(owner, name), within_s=300)  # type: ignore[misc]
        owner.command(name, "start", "running")
        turn += 1
        time.sleep(max(0.0, OWNER_EVERY_S - (time.monotonic() - began_s)))


def is_stopped(owner: Owner, name: str) -> bool:
    try:
        return owner.state(name) == "stopped"
    except httpx.HTTPError:
        return False


def is_disturbed(span: Span, killer: Killer) -> bool:
    """Return whether the page or the database was starting again meanwhile."""
    return any(span.overlaps(kill) for kill in killer.spans if kill.name in NEEDED_BY_OWNER)


def report(owner: Owner, killer: Killer) -> None:
    """Print how long everything took."""
    print(f"\n{'seconds':<44}{'n':>6}{'p50':>9}{'p99':>9}{'max':>9}")
    groups: dict[str, list[float]] = {}
    for span in owner.spans:
        restarting = ", page or database restarts" if is_disturbed(span, killer) else ""
        groups.setdefault(f"{span.name}{restarting}", []).append(span.took_s)
    for span in killer.spans:
        groups.setdefault(f"back after kill -9: {span.name}", []).append(span.took_s)
    for name, taken in sorted(groups.items()):
        taken.sort()
        p50, p99 = (taken[min(len(taken) - 1, int(len(taken) * part))] for part in (0.5, 0.99))
        print(f"{name:<44}{len(taken):>6}{p50:>9.3f}{p99:>9.3f}{taken[-1]:>9.3f}")
    counted = sorted({answer: owner.answers.count(answer) for answer in owner.answers}.items())
    print("answers to the owner:", dict(counted))


def require_quick(owner: Owner, killer: Killer) -> None:
    """Require that what the owner did was done in time, unless what he needs was starting."""
    slow = [
        f"{span.name}: {span.took_s:.1f} s"
        for span in owner.spans
        if span.took_s > (LOGIN_WITHIN_S if span.name.startswith("log in") else COMMAND_WITHIN_S)
        and not is_disturbed(span, killer)
    ]
    assert slow == []


def compare_tapes(market: Market, database: Database) -> None:
    """Hold every stored trade against the exchange's own ledger."""
    trades, holes = SqlTradeRepository(database), SqlHoleRepository(database)
    for each in SqlInstrumentRepository(database).all():
        end = trades.end(each.id)
        if end is None:
            continue
        eventually(lambda each=each: holes.of(each.id) == [], within_s=300)  # type: ignore[misc]
        pages = trades.between(each.id, EPOCH, end.time + timedelta(microseconds=1))
        tape = [trade for page in pages for trade in page if trade.trade_id <= end.trade_id]
        ledger = [
            trade
            for first in range(tape[0].trade_id, end.trade_id + 1, LEDGER_PAGE)
            for trade in market.ledger(each.id, first, min(first + LEDGER_PAGE - 1, end.trade_id))
        ]
        assert tape == ledger, each.id
        print(f"{each.id}: {len(tape)} trades are the ledger's")


def compare_audit(owner: Owner, database: Database) -> None:
    """Require a row for every command and login that was answered as done."""
    audit = SqlAuditRepository(database)
    rows = audit.latest(1_000_000)
    details = {row.details for row in rows if row.outcome is AuditOutcome.DONE}
    lost = [each for each in owner.reasons if not any(f'"{each}"' in text for text in details)]
    logins = [row for row in rows if (row.action, row.username) == ("/login", "admin")]
    done = sum(row.outcome is AuditOutcome.DONE for row in logins)
    print(
        f"{len(rows)} audit rows, {len(owner.reasons)} commands, {owner.logins} logins, {done} rows"
    )
    assert lost == []
    assert done >= owner.logins
