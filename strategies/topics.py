"""What strategies ring about."""

import msgspec

from data import InstrumentId
from strategies.status import GroupAdvance
from utils.messaging import Topic


class SignalsAdvanced(msgspec.Struct, frozen=True, kw_only=True):
    """Groups of one instrument were evaluated and committed, each up to its `evaluated_to`."""

    instrument: InstrumentId
    advances: list[GroupAdvance]


class RequestsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """These askers put, replaced or withdrew their requests."""

    askers: list[str]


SIGNALS: Topic[SignalsAdvanced] = Topic("signals", SignalsAdvanced)
"""Keys are instruments, as `exchange:symbol`."""
SIGNAL_REQUESTS: Topic[RequestsChanged] = Topic("signal-requests", RequestsChanged)
"""Keys are the askers' kinds, such as `chart`."""
