"""Topics for tests of the bus."""

from decimal import Decimal

import msgspec

from utils.messaging import Interest, Topic


class Bell(msgspec.Struct, frozen=True):
    """A payload."""

    number: int
    amount: Decimal = Decimal(0)


BELLS: Topic[Bell] = Topic("bells", Bell)
OTHERS: Topic[Bell] = Topic("others", Bell)
LONGER: Topic[Bell] = Topic("bells-too", Bell)

ONE = Interest(BELLS, "one")
EVERY = Interest(BELLS)

SOON_S = 5.0
"""Long enough for anything that will come at all."""
NOW_S = 0.2
"""Long enough to see that nothing comes."""
