"""Requests and responses of `/api/v1/system`."""

from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import Field, JsonValue

from dashboard.features.system.channels import ChannelView, DeliveryView
from dashboard.features.system.data_jobs import (
    MAX_JOB_DAYS,
    DataJob,
    DataJobKind,
    DataJobSpec,
    data_job_summary,
)
from dashboard.features.system.quality import Quality
from dashboard.features.system.runbook import Paragraph
from dashboard.features.system.services import MAX_MUTE
from dashboard.jobs.job_queue import JobState
from dashboard.rest.schema_types import (
    BigInteger,
    InstrumentIdText,
    Line,
    RequestModel,
    ResponseModel,
    RowNumber,
)
from data import HoleState, Timeframe
from utils.alerts import Alert, AlertKey, DeliveryState, NotificationKind, Severity
from utils.alerts.notify.channel_test import ChannelTestOutcome, ChannelTestResult
from utils.telemetry import HistoryPoint

DEFAULT_JOB_DAYS = 7.0


class AlertRequest(RequestModel):
    """An alert, by its rule and subject."""

    rule: Line
    subject: Line

    @property
    def key(self) -> AlertKey:
        """Return the key of the alert."""
        return AlertKey(self.rule, self.subject)


class MuteAlertRequest(AlertRequest):
    """Send no messages of an alert for some hours."""

    hours: Annotated[float, Field(strict=True, gt=0, le=MAX_MUTE / timedelta(hours=1))]
    reason: Line = ""


class RestartRequest(RequestModel):
    """Restart a process."""

    process: Line


class DataJobRequest(RequestModel):
    """Download, repair or verify the data of an instrument of the last days."""

    kind: DataJobKind
    instrument: InstrumentIdText
    days: Annotated[float, Field(strict=True, gt=0, le=MAX_JOB_DAYS)] = DEFAULT_JOB_DAYS

    @property
    def spec(self) -> DataJobSpec:
        """Return the job."""
        return DataJobSpec(kind=self.kind, instrument=str(self.instrument), days=self.days)


class CancelDataJobRequest(RequestModel):
    """Cancel a data job, by its number."""

    job: RowNumber


class ChannelTestRequest(RequestModel):
    """Send a test message through a channel."""

    channel: Line


class HistoryPointSchema(ResponseModel):
    """The value of a metric from `time` until the next point."""

    time: datetime
    low: float
    mean: float
    high: float


class LogLineSchema(ResponseModel):
    """A line of a log. `facts` are those of its event; `error` is a traceback."""

    time: datetime
    level: str
    component: str
    message: str
    process: str
    facts: dict[str, JsonValue]
    error: str


class LogsResponse(ResponseModel):
    """The newest lines that match, oldest first; and the processes that have a log."""

    lines: list[LogLineSchema]
    processes: list[str]


class AlertSchema(ResponseModel):
    """A rule that a subject breaks, from `opened_at` until `resolved_at`.

    `remedy`: a heading of docs/operations.md.
    """

    rule: str
    subject: str
    severity: Severity
    summary: str
    evidence: str
    remedy: str
    since: datetime
    opened_at: datetime
    notified_at: datetime
    notification_count: int
    acknowledged_at: datetime | None
    acknowledged_by: str
    resolved_at: datetime | None
    resolution: str


class CoverageSchema(ResponseModel):
    """The known share of each UTC day, from 0 to 1, oldest first; null if unknown yet."""

    instrument: str
    timeframe: Timeframe
    days: list[float | None]


class HoleSchema(ResponseModel):
    """Ids missing from a tape, between the trades at `after_time` and `before_time`."""

    instrument: str
    first_id: BigInteger
    last_id: BigInteger
    missing: int
    state: HoleState
    after_time: datetime
    before_time: datetime
    detected_at: datetime


class QualityResponse(ResponseModel):
    """Coverage since `first_day`, a UTC midnight; holes, unresolved first; counts by state."""

    first_day: datetime
    coverage: list[CoverageSchema]
    holes: list[HoleSchema]
    hole_counts: dict[HoleState, int]


class DataJobSpecSchema(ResponseModel):
    """What a data job does."""

    kind: DataJobKind
    instrument: str
    days: float


class DataJobSchema(ResponseModel):
    """A data job; `progress` from 0 to 1. `summary`: its result, or its problem."""

    id: int
    spec: DataJobSpecSchema
    requested_by: str
    submitted_at: datetime
    state: JobState
    progress: float
    summary: str
    finished_at: datetime | None


class DeliverySchema(ResponseModel):
    """The delivery of a message, without its text. `rule` and `subject` are empty for a test."""

    channel: str
    rule: str
    subject: str
    opened_at: datetime
    kind: NotificationKind
    made_at: datetime
    due_at: datetime
    settled_at: datetime | None
    state: DeliveryState
    attempts: int
    problem: str


class QuietHoursSchema(ResponseModel):
    """From `start` to `end`, UTC, only critical alerts are delivered."""

    start: time
    end: time


class ChannelSchema(ResponseModel):
    """A channel of alerts. `missing`: the settings without which it is not in use."""

    name: str
    missing: list[str]
    min_severity: Severity
    quiet_hours: QuietHoursSchema | None
    last_delivery: DeliverySchema | None


class ChannelTestResponse(ResponseModel):
    """The outcome of a test, and its problem."""

    outcome: ChannelTestOutcome
    problem: str


class ParagraphSchema(ResponseModel):
    """A paragraph of the runbook: plain text, with a title such as `Cause`, or an empty one."""

    title: str
    text: str


def history_point_schema(point: HistoryPoint) -> HistoryPointSchema:
    """Return a point of a metric's history as a part of a response."""
    return HistoryPointSchema.model_validate(point, from_attributes=True)


def alert_schema(alert: Alert) -> AlertSchema:
    """Return an alert as a part of a response."""
    return AlertSchema.model_validate(alert, from_attributes=True)


def quality_response(quality: Quality) -> QualityResponse:
    """Return the quality of the stored data as a response."""
    return QualityResponse.model_validate(quality, from_attributes=True)


def delivery_schema(delivery: DeliveryView) -> DeliverySchema:
    """Return a delivery as a part of a response."""
    return DeliverySchema.model_validate(delivery, from_attributes=True)


def channel_schema(channel: ChannelView) -> ChannelSchema:
    """Return a channel as a part of a response."""
    return ChannelSchema.model_validate(channel, from_attributes=True)


def channel_test_response(result: ChannelTestResult) -> ChannelTestResponse:
    """Return the result of a test as a response."""
    return ChannelTestResponse(outcome=result.outcome, problem=result.delivery.problem)


def paragraph_schema(paragraph: Paragraph) -> ParagraphSchema:
    """Return a paragraph of the runbook as a part of a response."""
    return ParagraphSchema.model_validate(paragraph, from_attributes=True)


def data_job_schema(job: DataJob) -> DataJobSchema:
    """Return a data job as a part of a response."""
    return DataJobSchema(
        id=job.id,
        spec=DataJobSpecSchema.model_validate(job.request, from_attributes=True),
        requested_by=job.requested_by,
        submitted_at=job.submitted_at,
        state=job.state,
        progress=job.progress,
        summary=data_job_summary(job),
        finished_at=job.finished_at,
    )
