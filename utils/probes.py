"""Health probes of the parts of a platform, and their findings."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

import msgspec

from utils.errors import TruetapeError


class HealthFinding(msgspec.Struct, frozen=True, kw_only=True):
    """The finding about one part. `detail` is one readable line, without secrets."""

    part: str
    healthy: bool
    detail: str


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """All findings. Healthy only if all of them are, and there is at least one."""

    healthy: bool
    findings: list[HealthFinding]


class Probe(ABC):
    """Checks one part. A part that does not respond raises a TruetapeError."""

    def __init__(self, part: str) -> None:
        self.part = part

    @abstractmethod
    def check(self) -> list[HealthFinding]:
        """Return the findings, within seconds."""


def examine(probes: Iterable[Probe]) -> HealthReport:
    """Run every probe, also when others fail."""
    findings = [finding for probe in probes for finding in _answers(probe)]
    healthy = bool(findings) and all(finding.healthy for finding in findings)
    return HealthReport(healthy=healthy, findings=findings)


def _answers(probe: Probe) -> list[HealthFinding]:
    try:
        return probe.check()
    except TruetapeError as error:
        return [HealthFinding(part=probe.part, healthy=False, detail=str(error))]
