"""Verification of a strategy in workers: every check, and equal decisions across processes."""

import json
from collections.abc import Mapping
from typing import Any

from strategies.hosts.host import StrategyHost
from strategies.strategy_handle import StrategyType
from strategies.verification import (
    StrategyVerificationCheck,
    StrategyVerificationFinding,
    StrategyVerificationReport,
)
from strategies.workers.host_queries import DigestDecisions, ReportVerification
from strategies.workers.queries import StrategySpec
from strategies.workers.results import DecisionsDigest

PROCESSES = 2


def verify_in_workers(
    host: StrategyHost, strategy: StrategyType, parameters: Mapping[str, Any], seed: int
) -> StrategyVerificationReport:
    """Return the report on a strategy. Raises UserCodeFailed if it does not finish."""
    spec = StrategySpec(strategy.id, json.dumps(dict(parameters)))
    query = ReportVerification(spec, seed)
    report = host.request(
        query, StrategyVerificationReport, strategy.id, cpu_s=host.limits.verifying_s
    )
    if not report.passed:
        return report
    return StrategyVerificationReport(
        report.strategy, (*report.checks, _check_processes(host, spec, seed))
    )


def _check_processes(
    host: StrategyHost, spec: StrategySpec, seed: int
) -> StrategyVerificationCheck:
    """Compare the digests of the decisions of several processes, one after the other."""
    digests = []
    for _ in range(1 + PROCESSES):
        query = DigestDecisions(spec, seed)
        result = host.request(query, DecisionsDigest, spec.name, cpu_s=host.limits.verifying_s)
        digests.append(result.digest)
        host.close()
    different = sum(digest != digests[0] for digest in digests[1:])
    findings = (
        (StrategyVerificationFinding(f"{different} of {PROCESSES} processes decide differently"),)
        if different
        else ()
    )
    return StrategyVerificationCheck(
        "processes", "every process makes the same decisions", PROCESSES, findings
    )
