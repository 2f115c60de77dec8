"""The bus topics of strategies."""

import msgspec

from data import InstrumentId
from strategies.group_progress import GroupAdvance
from utils.messaging import Topic


class SignalsAdvanced(msgspec.Struct, frozen=True, kw_only=True):
    """Groups of one instrument were evaluated and committed, each up to its `evaluated_to`."""

    instrument: InstrumentId
    advances: list[GroupAdvance]


class RequestsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of these `requesters` were put, replaced or withdrawn."""

    requesters: list[str]


SIGNALS: Topic[SignalsAdvanced] = Topic("signals", SignalsAdvanced)
"""Keys are instruments, as `exchange:symbol`."""
SIGNAL_REQUESTS: Topic[RequestsChanged] = Topic("signal-requests", RequestsChanged)
"""Keys are the kinds of requesters, such as `chart`."""
