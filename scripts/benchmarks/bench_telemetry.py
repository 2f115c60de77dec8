"""Benchmark of telemetry: its CPU time, and the size of its tables after a month.

A platform of ten processes, two dozen streams and forty tables reports into a scratch database as
it does live, as fast as it can; the CPU time is related to the interval between two polls. Then
the month: samples of every poll of thirty days, for a few series, condensed and pruned as the
service does; rows are counted meanwhile, and scaled up to the platform's number of series.
"""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import psutil
import typer
from sqlalchemy import text

from config import Settings, load_models
from database import Database, open_database
from database.repositories.alerts import SqlAlertRepository
from database.repositories.telemetry import SqlTelemetryRepository
from scripts.benchmarks.servers import scratch_database, servers
from utils.alerts import AlertRules
from utils.alerts.notify.channels import LogChannel
from utils.alerts.notify.notifications import ChannelPolicy
from utils.alerts.notify.outbox import AlertOutbox
from utils.alerts.notify.sender import NotificationSender
from utils.alerts.retention import TelemetryPruner, TelemetryRetention
from utils.alerts.rules.evaluator import AlertEvaluator
from utils.alerts.rules.transitions import NotificationPolicy
from utils.clock import ManualClock
from utils.telemetry import Sample, samples_of

PROCESSES, STREAMS, TABLES = 10, 24, 40
FEW_SERIES, DAYS = 3, 30
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TARGET_PERCENT = 2.0
_EXAMPLE = "Example: uv run scripts/benchmarks/bench_telemetry.py --samples 200 --json"

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class Result:
    """The measurement; percent are of one core at the given interval."""

    series: int
    every_s: float
    client_percent: float
    server_percent: float
    most_rows: int
    last_rows: int
    bytes_per_row: float
    most_mb: float

    @property
    def total_percent(self) -> float:
        """Return the share of the processes and PostgreSQL together."""
        return self.client_percent + self.server_percent


def samples_at(now: datetime, turn: int) -> Iterator[tuple[Sample, ...]]:
    """Yield the samples of a medium platform: one tuple per process, then all others."""
    for process in range(PROCESSES):
        metrics = {f"figure_{n}": float(turn + n) for n in range(14)}
        yield samples_of(f"process:{process}", now, metrics)
    rest: list[Sample] = []
    for stream in range(STREAMS):
        rest += samples_of(f"stream:x:{stream}", now, {f"figure_{n}": turn for n in range(9)})
    for server in ("postgresql", "redis", "host", "signals", "bots"):
        rest += samples_of(server, now, {"up": 1.0, **{f"f_{n}": turn for n in range(8)}})
    if turn % 30 == 0:
        for table in range(TABLES):
            rest += samples_of(f"table:{table}", now, {f"figure_{n}": turn for n in range(5)})
    yield tuple(rest)


def measure_cost(database: Database, samples: int, every_s: float) -> tuple[int, float, float]:
    """Return the number of series, and the percent of a core of this process and the server."""
    clock = ManualClock(BEGAN)
    telemetry, alerts = SqlTelemetryRepository(database), SqlAlertRepository(database)
    outbox = AlertOutbox(alerts)
    rule_files = load_models(Settings().folders.alerts_dir, AlertRules)
    rules = [rule for rule_file in rule_files for rule in rule_file.rules]
    evaluator = AlertEvaluator(
        rules,
        telemetry,
        alerts,
        outbox,
        [ChannelPolicy(channel="log")],
        NotificationPolicy(),
        clock,
    )
    sender = NotificationSender(outbox, [LogChannel()], clock)
    maintenance = TelemetryPruner(telemetry, alerts, TelemetryRetention())
    began_s, server_began_s = time.process_time(), server_cpu_s(database)
    for turn in range(samples):
        clock.advance(every_s)
        *reports, rest = samples_at(clock.now(), turn)
        for report in reports:
            telemetry.record(report)
        evaluator.poll(rest)
        sender.send_due()
        maintenance.run_if_due(clock.now())
    spent_s = time.process_time() - began_s
    server_s = server_cpu_s(database) - server_began_s
    passed_s = samples * every_s
    series = count(database, "telemetry_series")
    return series, 100 * spent_s / passed_s, 100 * server_s / passed_s


def server_cpu_s(database: Database) -> float:
    """Return the CPU seconds of PostgreSQL if it runs on this machine, else 0."""
    with database.session("finding the server") as session:
        backend = int(session.scalar(text("SELECT pg_backend_pid()")) or 0)
    try:
        server = psutil.Process(backend).parent()
        members = [server, *server.children(recursive=True)] if server else []
        times = [member.cpu_times() for member in members]
    except psutil.Error:
        return 0.0
    return sum(each.user + each.system for each in times)


def measure_month(database: Database, every_s: float) -> tuple[int, int, float]:
    """Return the maximum number of rows, the final one, and the bytes per row, of a few series."""
    telemetry, alerts = SqlTelemetryRepository(database), SqlAlertRepository(database)
    # It runs every five minutes; here it runs after each chunk of two hours.
    maintenance = TelemetryPruner(telemetry, alerts, TelemetryRetention())
    most, rows, chunk = 0, 0, timedelta(hours=2)
    now = BEGAN
    while now < BEGAN + timedelta(days=DAYS):
        samples = int(chunk.total_seconds() / every_s)
        for name in range(FEW_SERIES):
            times = [now + timedelta(seconds=every_s * n) for n in range(samples)]
            telemetry.record(
                [Sample(subject="s", name=f"f{name}", time=at, value=1.0) for at in times]
            )
        now += chunk
        telemetry.condense(now - chunk, now)
        maintenance.run_if_due(now)
        rows = count(database, "telemetry_sample") + count(database, "telemetry_history")
        most = max(most, rows)
        vacuum(database)
    return most, rows, size(database) / max(1, most)


def count(database: Database, table: str) -> int:
    """Return the number of a table's rows."""
    with database.session("counting") as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def size(database: Database) -> int:
    """Return the bytes of samples and history, with their indexes."""
    names = "('telemetry_sample'), ('telemetry_history')"
    query = f"SELECT sum(pg_total_relation_size(name::regclass)) FROM (VALUES {names}) AS t (name)"
    with database.session("measuring") as session:
        return int(session.scalar(text(query)) or 0)


def vacuum(database: Database) -> None:
    """Vacuum the tables, as the server's autovacuum does over time."""
    connection = database.private_connection("vacuuming")
    connection.execute(text("VACUUM telemetry_sample, telemetry_history, telemetry_series"))
    connection.close()


def measure(server_url: str, samples: int, every_s: float) -> Result:
    """Measure cost and size, each in its own scratch database."""
    with scratch_database(server_url) as url, closing(open_database(url)) as database:
        series, client, server = measure_cost(database, samples, every_s)
    with scratch_database(server_url) as url, closing(open_database(url)) as database:
        most, last, row_bytes = measure_month(database, every_s)
    scale = series / FEW_SERIES
    return Result(
        series=series,
        every_s=every_s,
        client_percent=round(client, 3),
        server_percent=round(server, 3),
        most_rows=round(most * scale),
        last_rows=round(last * scale),
        bytes_per_row=round(row_bytes, 1),
        most_mb=round(most * scale * row_bytes / 1e6, 1),
    )


@app.command(epilog=_EXAMPLE)
def main(
    samples: Annotated[int, typer.Option(min=31, help="How many samples to take.")] = 300,
    every_s: Annotated[float, typer.Option(min=1, help="Seconds from one poll to the next.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Measure over DATABASE_URL, or an embedded server. Exit code 1 above two percent of a core."""
    with servers() as (server_url, _):
        result = measure(server_url, samples, every_s)
    if as_json:
        typer.echo(json.dumps(asdict(result) | {"total_percent": result.total_percent}))
    else:
        typer.echo(
            f"{result.series} series every {result.every_s:g} s: "
            f"{result.client_percent:.2f} % of a core here, {result.server_percent:.2f} % in "
            f"PostgreSQL; in {DAYS} days at most {result.most_rows:,} rows "
            f"({result.last_rows:,} at the end), {result.most_mb:,.0f} MB"
        )
    raise typer.Exit(int(result.total_percent > TARGET_PERCENT))


if __name__ == "__main__":
    app()
