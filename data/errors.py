"""Errors of the market data.

TruetapeError
├── DataError
│   ├── InvalidValue          an impossible trade, candle or instrument: refuse it
│   ├── ProtocolError         an unreadable message: count it, keep the bytes, go on
│   └── TapeReset             trade ids went back while time went on: stop the instrument, alert
├── NotFound
│   └── InstrumentMissing     nothing is stored of an instrument: choose another
├── ServiceUnavailable
│   ├── TemporaryFeedError    the exchange cannot be reached now: retry with backoff
│   └── RepositoryUnavailable the database cannot be reached now: retry from the stored cursor
└── ServiceFault
    ├── PermanentFeedError    the exchange refuses: do not retry, report it
    ├── RepositoryError       the database refuses: a fault of the platform
    └── TapeTaken             another process already writes this instrument
"""

from utils.errors import NotFound, ServiceFault, ServiceUnavailable, TruetapeError


class DataError(TruetapeError):
    """Something about the market data is wrong."""


class InvalidValue(DataError, ValueError):
    """A value breaks a rule of its type. A ValueError too, so that codecs report it."""


class ProtocolError(DataError):
    """A message of the exchange cannot be read."""


class TapeReset(DataError):
    """Trade ids went back while time went on: the exchange renumbered, or it is another feed."""


class InstrumentMissing(NotFound):
    """Nothing is stored of an instrument."""

    def __init__(self, name: object) -> None:
        super().__init__(f"instrument {name} is unknown; choose another")


class TemporaryFeedError(ServiceUnavailable):
    """The exchange cannot be reached or is busy: try again with backoff."""


class PermanentFeedError(ServiceFault):
    """The exchange permanently refuses this request, such as for an unknown instrument."""


class RepositoryUnavailable(ServiceUnavailable):
    """The database cannot be reached: try again, from the stored cursor."""


class RepositoryError(ServiceFault):
    """The database refuses the request."""


class TapeTaken(ServiceFault):
    """Another process holds the write lock of this instrument's tape."""
