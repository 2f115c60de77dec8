"""Verification of a strategy before it trades: look-ahead, hidden state, randomness."""

from strategies.verification.report import (
    StrategyVerificationCheck,
    StrategyVerificationFinding,
    StrategyVerificationReport,
)
from strategies.verification.verify import decisions_digest, synthetic_trial, verify

__all__ = [
    "StrategyVerificationCheck",
    "StrategyVerificationFinding",
    "StrategyVerificationReport",
    "decisions_digest",
    "synthetic_trial",
    "verify",
]
