"""Metrics and process reports: their types, sources and store. Independent of trading."""

from utils.telemetry.ports import TelemetryRepository
from utils.telemetry.process import (
    ProcessRecord,
    ProcessReport,
    ProcessSnapshot,
    report_samples,
    snapshot_samples,
    subject_of,
)
from utils.telemetry.sample import HISTORY_WIDTH, HistoryPoint, Sample, samples_of

__all__ = [
    "HISTORY_WIDTH",
    "HistoryPoint",
    "ProcessRecord",
    "ProcessReport",
    "ProcessSnapshot",
    "Sample",
    "TelemetryRepository",
    "report_samples",
    "samples_of",
    "snapshot_samples",
    "subject_of",
]
