"""Find what betrays a strategy before it trades: looking ahead, remembering, chance."""

from strategies.verification.report import Check, Finding, Report
from strategies.verification.verify import answers_digest, verify

__all__ = ["Check", "Finding", "Report", "answers_digest", "verify"]
