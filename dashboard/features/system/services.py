"""The reads and commands of the System page, without blocking the event loop.

Methods that read may raise RepositoryUnavailable and RepositoryError; `overview` never does: it
returns the last known state, and why it is no newer.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.features.system.channels import ChannelService, DeliveryView, delivery_view
from dashboard.features.system.data_jobs import (
    KIND,
    DataJob,
    DataJobKind,
    DataJobQueue,
    DataJobSpec,
)
from dashboard.features.system.evaluation import newest_of, overview
from dashboard.features.system.logs import LogReader, LogTail
from dashboard.features.system.overview import Overview, SystemSnapshot
from dashboard.features.system.quality import Quality, QualityReads
from dashboard.features.system.runbook import Runbook
from dashboard.thread_pools import ThreadPools
from data import InstrumentId
from data.errors import InstrumentMissing, InvalidValue
from data.ports import CollectorStatusRepository, InstrumentRepository
from data.status import CollectorStatus
from utils.alerts import Alert, AlertKey, AlertRepository, AlertRule, Mute
from utils.alerts.rules.mute_check import require_rules
from utils.clock import Clock
from utils.errors import ExternalServiceError, NotFound
from utils.liveness import Liveness
from utils.supervision import RestartRequests
from utils.telemetry import HistoryPoint, TelemetryRepository

# Sizes of tables are measured every few minutes only.
FRESH_FOR = timedelta(minutes=15)
# A frozen database never responds; the page does not wait for it.
READ_TIMEOUT_S = 3.0
MAX_ALERTS = 300
MAX_MUTE = timedelta(days=7)
_NO_ANSWER = "PostgreSQL does not respond"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStores:
    """The repositories of the platform's own state."""

    telemetry: TelemetryRepository
    alerts: AlertRepository
    collectors: CollectorStatusRepository
    instruments: InstrumentRepository


class SystemServices:
    """The state of the platform, kept through outages; commands to alerts and supervisors.

    The log files, the runbook, the data jobs and the channels have methods of their own.
    """

    def __init__(
        self,
        stores: SystemStores,
        quality: QualityReads,
        data_jobs: DataJobQueue,
        channels: ChannelService,
        runbook: Runbook,
        logs: LogReader,
        tail: LogTail,
        alert_rules: Callable[[], Sequence[AlertRule]],
        restarts: RestartRequests,
        clock: Clock,
        thread_pools: ThreadPools,
    ) -> None:
        self._stores = stores
        self._quality = quality
        self.data_jobs = data_jobs
        self.channels = channels
        self.runbook = runbook
        self.logs = logs
        self.tail = tail
        self._alert_rules = alert_rules
        self._restarts = restarts
        self._clock = clock
        self._processes = Liveness(clock)
        self._collectors = Liveness(clock)
        self._run = thread_pools.run
        self._stored: SystemSnapshot | None = None
        self._problem = "The database has not been read yet"
        self._reading: asyncio.Task[SystemSnapshot] | None = None

    @property
    def open_alerts(self) -> int | None:
        """Return how many alerts were open at the last read of the store; None before the first."""
        return None if self._stored is None else len(self._stored.alerts)

    async def refresh(self) -> None:
        """Read the store, or wait for the read that is already running."""
        reading = self._reading or asyncio.create_task(self._run(self._read_stored))
        self._reading = reading
        done, _ = await asyncio.wait({reading}, timeout=READ_TIMEOUT_S)
        if not done:
            self._problem = _NO_ANSWER
        elif self._reading is reading:  # another waiting caller may have applied it
            self._reading = None
            self._apply_result(reading)

    def _apply_result(self, answered: asyncio.Task[SystemSnapshot]) -> None:
        try:
            self._stored, self._problem = answered.result(), ""
        except ExternalServiceError as error:
            self._problem = str(error)

    async def _read_after_write(self) -> None:
        """Refresh with a read that starts now: a running one may miss the write."""
        if self._reading is not None:
            await self.refresh()
        await self.refresh()

    def overview(
        self, reported: Collection[CollectorStatus], *, bus_connected: bool, browsers: int
    ) -> Overview:
        """Return the platform's state: the last read of the store, and newer collector statuses."""
        stored = self._stored.collectors if self._stored else ()
        for status in newest_of([*stored, *reported]):
            self._collectors.observe_time(status.name, status.reported_at)
        return overview(
            self._stored,
            self._problem,
            reported,
            bus_connected=bus_connected,
            browsers=browsers,
            now=self._clock.now(),
            silent_s=self._collectors.silent_s,
        )

    async def history(
        self, subject: str, name: str, span: timedelta, points: int
    ) -> list[HistoryPoint]:
        """Return the history of a metric over the last `span`."""
        end = self._clock.now()
        return await self._run(
            self._stores.telemetry.history, subject, name, end - span, end, points
        )

    async def alerts(self, span: timedelta) -> list[Alert]:
        """Return alerts of the last `span`, open and resolved, newest first."""
        end = self._clock.now() + timedelta(minutes=1)
        return await self._run(self._stores.alerts.history, end - span, end, MAX_ALERTS)

    async def deliveries(self, span: timedelta) -> list[DeliveryView]:
        """Return the newest message per channel of alerts that are open or of the last `span`."""
        recent, opened = await self.alerts(span), await self._run(self._stores.alerts.open)
        named = {(alert.key, alert.opened_at): alert for alert in (*recent, *opened)}
        newest = await self._run(self._stores.alerts.newest_of, list(named.values()))
        return [delivery_view(delivery) for delivery in newest]

    async def acknowledge(self, key: AlertKey, by: str) -> None:
        """Acknowledge an alert. Raises AlertMissing."""
        await self._run(self._stores.alerts.acknowledge, key, by, self._clock.now())
        await self._read_after_write()

    async def mute(self, key: AlertKey, duration: timedelta, reason: str, by: str) -> None:
        """Suppress the messages of a rule and subject for a while.

        Raises InvalidValue, RuleMissing, ConfigError.
        """
        if not timedelta(0) < duration <= MAX_MUTE:
            raise InvalidValue(f"a mute lasts at most {MAX_MUTE.days} days, was {duration}")
        require_rules(key.rule, key.subject, await self._run(self._alert_rules))
        now = self._clock.now()
        mute = Mute(
            rule=key.rule,
            subject=key.subject,
            until=now + duration,
            by=by,
            reason=reason,
            made_at=now,
        )
        await self._run(self._stores.alerts.mute, mute)
        await self._read_after_write()

    async def unmute(self, key: AlertKey) -> None:
        """End a mute. Raises NotFound."""
        mutes = await self._run(self._stores.alerts.mutes, self._clock.now())
        if key not in {AlertKey(mute.rule, mute.subject) for mute in mutes}:
            raise NotFound(
                f"no mute of {key.rule!r} and {key.subject!r} is in force; it may have ended"
            )
        await self._run(self._stores.alerts.unmute, key.rule, key.subject)
        await self._read_after_write()

    async def restart(self, process: str) -> None:
        """Request the restart of a process. Raises NotFound if none of this name is supervised."""
        records = self._stored.processes if self._stored else []
        if process not in {record.process for record in records if record.snapshot}:
            raise NotFound(f"no supervised process is named {process[:80]!r}")
        await self._run(self._restarts.request_restart, process)

    async def start_data_job(self, spec: DataJobSpec, by: str) -> DataJob:
        """Queue a data job. Raises InstrumentMissing, TooManyJobs.

        Only a download may be about an instrument of which nothing is stored yet.
        """
        if spec.kind is not DataJobKind.DOWNLOAD:
            known = await self._run(self._stores.instruments.names)
            if InstrumentId.parse(spec.instrument) not in known:
                raise InstrumentMissing(spec.instrument)
        return self.data_jobs.submit(KIND, spec, by)

    async def quality(self, days: int) -> Quality:
        """Return the coverage of the stored data, and the holes."""
        return await self._run(self._quality.read, days, self._clock.now())

    def _read_stored(self) -> SystemSnapshot:
        now: datetime = self._clock.now()
        processes = self._stores.telemetry.processes()
        for record in processes:
            if record.report is not None:
                self._processes.observe_time(record.process, record.report.reported_at)
        return SystemSnapshot(
            read_at=now,
            processes=processes,
            silent_s={one.process: self._processes.silent_s(one.process) for one in processes},
            collectors=self._stores.collectors.all(),
            samples=self._stores.telemetry.latest(now - FRESH_FOR),
            alerts=self._stores.alerts.open(),
            mutes=self._stores.alerts.mutes(now),
        )
