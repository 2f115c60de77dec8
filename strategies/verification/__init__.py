"""Verification of a strategy before it trades: look-ahead, hidden state, randomness."""

from strategies.verification.report import (
    VerificationCheck,
    VerificationFinding,
    VerificationReport,
)
from strategies.verification.verify import decisions_digest, synthetic_trial, verify

__all__ = [
    "VerificationCheck",
    "VerificationFinding",
    "VerificationReport",
    "decisions_digest",
    "synthetic_trial",
    "verify",
]
