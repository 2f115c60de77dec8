"""The process table: settings, servers if they are embedded, and the services over them.

Every child imports this file, so heavy modules are imported where they are used.
"""

import http.client
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from os import getpid
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from utils.clock import SystemClock
from utils.errors import ConfigError, TruetapeError
from utils.isolation import ItemFailures
from utils.supervision import (
    ProcessSpec,
    ProcessState,
    ProcessStatus,
    RestartPolicy,
    Service,
    StopRequested,
    Supervisor,
    always_ready,
)

if TYPE_CHECKING:
    from config import DashboardSettings, Settings
    from database.embedded import Instance, InstanceInfo

DEMO_DATA_DIR = Path("var/demo")
_CONFIG = Path(__file__).parent / "config"
_DEMO_CONFIG = _CONFIG / "demo"
DEMO_COLLECTORS_DIR = _DEMO_CONFIG / "collectors"
DEMO_STRATEGIES_DIR = _DEMO_CONFIG / "strategies"
DEMO_BOTS_DIR = _DEMO_CONFIG / "bots"
LOOPBACK = "127.0.0.1"
# A first start compiles every library; a small machine takes its time.
READY_WITHIN_S = 180.0

# Groups of services in the order of their start, each service with the module whose
# `serve(settings)` it runs. They stop in reverse order: the health service, which reports why the
# others stop, last. The page, which shows the market while the engine loads, comes before it. The
# wait is bounded: a page that does not answer is ended after READY_WITHIN_S, and one that ended is
# not waited for. Signals and bots then continue from their cursors on the tape.
SERVICES: tuple[dict[str, str], ...] = (
    {"health": "scripts.services.health"},
    {
        "collectors": "scripts.services.collectors",
        "dashboard": "scripts.services.dashboard.server",
    },
    {"strategies": "scripts.services.strategies"},
    {"bots": "scripts.services.bots"},
    {"verification": "scripts.services.verification"},
    {"maintenance": "scripts.services.maintenance"},
)

_FAILED, _BAD_CONFIG = 1, 2
_EXAMPLE = "Example: uv run main.py --demo --port 8051"

log = logging.getLogger("truetape.main")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The settings to run with, and the port of a simulated exchange, if there is one."""

    settings: "Settings"
    simulator_port: int | None = None


@app.command(epilog=_EXAMPLE)
def main(
    demo: Annotated[
        bool, typer.Option("--demo", help="Watch a simulated exchange, in var/demo.")
    ] = False,
    host: Annotated[
        str | None, typer.Option(help="Any but loopback needs a password, a user or a token.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Of the page.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Of embedded servers and logs; default var/main.")
    ] = None,
) -> None:
    """Start the whole platform. Ctrl+C stops it."""
    from config import load_settings
    from data.collectors.factory import EXCHANGES
    from database.embedded import AlreadyRunning

    try:
        settings = _with_options(load_settings(exchanges=EXCHANGES), host, port)
        platform = demo_of(settings) if demo else Platform(settings=settings)
        run(platform if data_dir is None else _with_data_dir(platform, data_dir))
    except AlreadyRunning as error:
        typer.echo(f"Truetape is {error}")
    except TruetapeError as error:
        typer.secho(str(error), err=True, fg="red")
        code = _BAD_CONFIG if isinstance(error, ConfigError) else _FAILED
        raise typer.Exit(code) from None


def run(platform: Platform) -> None:
    """Run a platform until SIGINT, SIGTERM or SIGHUP. Raises AlreadyRunning, TruetapeError."""
    from database.embedded import EmbeddedError, own
    from scripts.composition.authentication import require_keys
    from scripts.composition.process import start_logging

    settings = platform.settings
    require_keys(settings)
    with own(settings.folders.data_dir) as instance:
        _require_free_port(settings.dashboard)
        start_logging(settings, "main")
        try:
            with _servers(settings) as (complete, servers):
                _supervise(platform, complete, servers, instance)
        except EmbeddedError as error:
            log.critical("platform cannot start", extra={"reason": str(error)})
            raise
        except TruetapeError:
            log.exception("platform fails")
            raise


def _supervise(
    platform: Platform, settings: "Settings", servers: list[Service], instance: "Instance"
) -> None:
    """Start servers, schema and services, in this order, and supervise them."""
    from database import open_database
    from database.migrate import migrate
    from scripts.composition.process import reporting, restart_requests
    from scripts.composition.servers import database_url
    from utils.telemetry.process import snapshots_of
    from utils.telemetry.reporter import Vitals

    clock, changed, failures = SystemClock(), Event(), ItemFailures()

    def on_change(status: ProcessStatus) -> None:
        changed.set()
        if status.state is ProcessState.FAILED:
            typer.secho(_describe_failure(settings, status), err=True, fg="red")

    supervisor = Supervisor(
        clock=clock,
        on_change=on_change,
        restart_requests=restart_requests(settings).take,
        failures=failures,
    )
    vitals = Vitals(
        process="main",
        failures=failures,
        snapshots=lambda: snapshots_of("main", supervisor.statuses(), clock.now()),
        changed=changed,
    )
    with supervisor.stopping_on(*_stop_signals()), supervisor, suppress(StopRequested):
        for server in servers:
            # One by one, so that they also stop one by one: the bus, then the database.
            supervisor.start(server)
        migrate(database_url(settings))
        instance.announce(_info(settings))
        with (
            closing(open_database(database_url(settings), pool_size=1)) as database,
            reporting(settings, vitals, database),
        ):
            for group in services_of(platform, settings):
                supervisor.start(*group)
                if any(spec.name == "dashboard" for spec in group):
                    typer.echo(f"Truetape runs: open {_url(settings.dashboard)} (Ctrl+C stops it)")
            supervisor.run()


def _describe_failure(settings: "Settings", status: ProcessStatus) -> str:
    """Return a message for the terminal: how a service failed, and what to do."""
    log_file = settings.folders.data_dir / "log"
    return (
        f"{status.name} ended again and again (last exit code {status.last_exit_code}) and was "
        f"given up for now; see {log_file}. The others go on; it is tried again "
        f"every {settings.supervisor.retry_s:g} s."
    )


def services_of(platform: Platform, settings: "Settings") -> list[list[ProcessSpec]]:
    """Return the groups that run over the servers which `settings` name, in order of start."""
    host, port = settings.dashboard.host, settings.dashboard.port
    ready_when = {"dashboard": partial(_responds, _reachable(host), port, "/healthz")}
    groups = [
        [
            _spec(settings, name, _serve, module, ready_when=ready_when.get(name, always_ready))
            for name, module in group.items()
        ]
        for group in SERVICES
    ]
    if (simulator := platform.simulator_port) is not None:
        exchange = partial(_responds, LOOPBACK, simulator, "/api/v5/public/time")
        # With the collectors, and before them.
        groups[1].insert(0, _spec(settings, "simulator", _simulate, simulator, ready_when=exchange))
    return groups


def _spec(
    settings: "Settings",
    name: str,
    target: Callable[..., None],
    *args: object,
    ready_when: Callable[[], bool] = always_ready,
) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        target=target,
        args=(settings, *args),
        restart=_restart(settings),
        grace_s=settings.supervisor.stop_grace_s,
        ready_within_s=READY_WITHIN_S,
        ready_when=ready_when,
    )


def _restart(settings: "Settings") -> RestartPolicy:
    limits = settings.supervisor
    return RestartPolicy(
        cap_s=limits.longest_delay_s,
        max_crashes=limits.max_crashes,
        within_s=limits.window_s,
        retry_s=limits.retry_s,
    )


def _simulate(settings: "Settings", port: int) -> None:
    from data.simulator import SimulatorConfig
    from scripts.composition.process import start_logging
    from scripts.services.simulator import serve

    start_logging(settings, "simulator")
    serve(SimulatorConfig(host=LOOPBACK, port=port))


def _serve(settings: "Settings", module: str) -> None:
    import_module(module).serve(settings)


@contextmanager
def _servers(settings: "Settings") -> Iterator[tuple["Settings", list[Service]]]:
    """Yield settings that name both servers, and those of the two that we must run."""
    database, redis = settings.database.url, settings.redis.url
    if database is not None and redis is not None:
        yield settings, []
        return
    from database.embedded import PostgresServer, ValkeyServer, server_home
    from scripts.composition.servers import with_servers

    # Nothing runs without them.
    policy = _restart(settings)
    restart = replace(policy, first_s=0.2, cap_s=min(policy.cap_s, 5.0), retry_s=None)
    with server_home(settings.folders.data_dir) as home:
        postgres = PostgresServer(home=home, restart=restart)
        valkey = ValkeyServer(home=home, restart=restart)
        complete = with_servers(
            settings,
            database_url=database.reveal() if database else postgres.url,
            redis_url=redis.reveal() if redis else valkey.url,
        )
        ours: list[tuple[Service, object]] = [(postgres, database), (valkey, redis)]
        yield complete, [server for server, outside in ours if outside is None]


def demo_of(settings: "Settings") -> Platform:
    """Return the platform of these settings with a simulated exchange and servers of its own."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
    alerts_dir = settings.folders.alerts_dir
    folders = {
        # Outside of the project's folder there may be none: then those of the installation.
        "alerts_dir": alerts_dir if alerts_dir.is_dir() else _CONFIG / "alerts",
        "data_dir": DEMO_DATA_DIR,
        "collectors_dir": DEMO_COLLECTORS_DIR,
        "strategies_dir": DEMO_STRATEGIES_DIR,
        "bots_dir": DEMO_BOTS_DIR,
    }
    addresses = {"rest_url": f"http://{LOOPBACK}:{port}", "ws_url": f"ws://{LOOPBACK}:{port}"}
    exchanges = {
        name: given.model_copy(update=addresses) for name, given in settings.exchanges.items()
    }
    sections = {
        "folders": settings.folders.model_copy(update=folders),
        "database": settings.database.model_copy(update={"url": None}),
        "redis": settings.redis.model_copy(update={"url": None}),
        # Every exchange, so that nothing leaves this machine.
        "exchanges": exchanges,
        "bots": settings.bots.model_copy(update={"start_new": True}),
    }
    return Platform(settings=settings.model_copy(update=sections), simulator_port=port)


def _with_data_dir(platform: Platform, data_dir: Path) -> Platform:
    from scripts.composition.location import with_data_dir

    return replace(platform, settings=with_data_dir(platform.settings, data_dir))


def _with_options(settings: "Settings", host: str | None, port: int | None) -> "Settings":
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update={"dashboard": settings.dashboard.model_copy(update=given)})


def _require_free_port(dashboard: "DashboardSettings") -> None:
    """Raise ConfigError if the page's port is in use: before anything is started."""
    from scripts.composition.listen_socket import bound_socket

    with bound_socket(dashboard.host, dashboard.port):
        pass


def _info(settings: "Settings") -> "InstanceInfo":
    from database.embedded import InstanceInfo

    return InstanceInfo(
        pid=getpid(),
        started_at=datetime.now(UTC),
        dashboard_url=_url(settings.dashboard),
        database_url=str(settings.database.url),
        redis_url=str(settings.redis.url),
    )


def _url(dashboard: "DashboardSettings") -> str:
    host = _reachable(dashboard.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{dashboard.port}"


def _reachable(host: str) -> str:
    """Return the address at which a server that listens at `host` is reached from here."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)


def _responds(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=1.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop_signals() -> Iterator[signal.Signals]:
    """Yield the signals that stop us; SIGHUP only if it is not ignored, as nohup does."""
    yield signal.SIGINT
    yield signal.SIGTERM
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP


if __name__ == "__main__":
    app()
