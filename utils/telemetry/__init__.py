"""Figures and reports of processes: what they are and what keeps them. Knows nothing of trading."""

from utils.telemetry.ports import TelemetryRepository
from utils.telemetry.process import (
    ProcessRecord,
    ProcessReport,
    ProcessStanding,
    report_samples,
    standing_samples,
    subject_of,
)
from utils.telemetry.sample import HISTORY_WIDTH, HistoryPoint, Sample, samples_of

__all__ = [
    "HISTORY_WIDTH",
    "HistoryPoint",
    "ProcessRecord",
    "ProcessReport",
    "ProcessStanding",
    "Sample",
    "TelemetryRepository",
    "report_samples",
    "samples_of",
    "standing_samples",
    "subject_of",
]
