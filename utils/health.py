"""Questions about the parts of a platform, and their answers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

import msgspec

from utils.errors import TruetapeError


class HealthFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one part. `detail` is one line for people, without a secret."""

    part: str
    healthy: bool
    detail: str


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found. Healthy only if all of it is, and if it is not empty."""

    healthy: bool
    findings: list[HealthFinding]


class Probe(ABC):
    """Ask one part how it is. A part that cannot answer raises a TruetapeError."""

    def __init__(self, part: str) -> None:
        self.part = part

    @abstractmethod
    def ask(self) -> list[HealthFinding]:
        """Return what was found, within seconds."""


def examine(probes: Iterable[Probe]) -> HealthReport:
    """Ask every probe, also when others fail."""
    findings = [finding for probe in probes for finding in _answers(probe)]
    healthy = bool(findings) and all(finding.healthy for finding in findings)
    return HealthReport(healthy=healthy, findings=findings)


def _answers(probe: Probe) -> list[HealthFinding]:
    try:
        return probe.ask()
    except TruetapeError as error:
        return [HealthFinding(part=probe.part, healthy=False, detail=str(error))]
