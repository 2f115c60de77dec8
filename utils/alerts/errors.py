"""Errors of alerts."""

from utils.errors import NotFound, TruetapeError


class AlertMissing(NotFound):
    """No alert of this rule and subject is open."""

    def __init__(self, rule: str, subject: str) -> None:
        super().__init__(f"no alert {rule!r} of {subject!r} is open; it may have been resolved")


class ChannelUnavailable(TruetapeError):
    """A message could not be delivered: retry later."""


class ChannelRefused(TruetapeError):
    """A channel refuses a message permanently: its settings are wrong."""
