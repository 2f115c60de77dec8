"""Find what betrays a strategy before it trades: looking ahead, remembering, chance."""

from strategies.verification.report import Check, Finding, Report
from strategies.verification.verify import a_trial, answers_digest, verify

__all__ = ["Check", "Finding", "Report", "a_trial", "answers_digest", "verify"]
