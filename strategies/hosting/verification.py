"""Verify a strategy in workers: every check, and whether other processes decide the same."""

import json
from collections.abc import Mapping
from typing import Any

from strategies.configured import StrategyType
from strategies.engine.answers import AnswersDigest
from strategies.engine.questions import Spec
from strategies.engine.window_questions import DigestAnswers, ReportVerification
from strategies.hosting.host import StrategyHost
from strategies.verification import Check, Finding, Report

PROCESSES = 2


def verified(
    host: StrategyHost, strategy: StrategyType, parameters: Mapping[str, Any], seed: int
) -> Report:
    """Return the report on a strategy. Raises UserCodeFailed if it never comes to an end."""
    spec = Spec(strategy.id, json.dumps(dict(parameters)))
    question = ReportVerification(spec, seed)
    report = host.ask(question, Report, strategy.id, cpu_s=host.limits.verifying_s)
    if not report.passed:
        return report
    return Report(report.strategy, (*report.checks, _check_processes(host, spec, seed)))


def _check_processes(host: StrategyHost, spec: Spec, seed: int) -> Check:
    """Ask one process after the other for the digest of its answers, and compare them."""
    digests = []
    for _ in range(1 + PROCESSES):
        question = DigestAnswers(spec, seed)
        answer = host.ask(question, AnswersDigest, spec.name, cpu_s=host.limits.verifying_s)
        digests.append(answer.digest)
        host.close()
    different = sum(digest != digests[0] for digest in digests[1:])
    findings = (Finding(f"{different} of {PROCESSES} decide otherwise"),) if different else ()
    return Check("processes", "other processes decide the same", PROCESSES, findings)
