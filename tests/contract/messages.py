"""Topics for tests of the bus."""

from decimal import Decimal

import msgspec

from utils.messaging import Interest, Topic


class Payload(msgspec.Struct, frozen=True):
    """A payload."""

    number: int
    amount: Decimal = Decimal(0)


PAYLOADS: Topic[Payload] = Topic("payloads", Payload)
OTHERS: Topic[Payload] = Topic("others", Payload)
LONGER: Topic[Payload] = Topic("payloads-too", Payload)

ONE = Interest(PAYLOADS, "one")
EVERY = Interest(PAYLOADS)

SOON_S = 5.0
"""Long enough for any message to arrive."""
NOW_S = 0.2
"""Long enough to detect that no message arrives."""
