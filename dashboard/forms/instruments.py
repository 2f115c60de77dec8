"""The instruments that a form offers: all with stored data. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from data import Instrument, InstrumentId


@dataclass(frozen=True, slots=True)
class InstrumentChoices:
    """Instruments by name: those whose kind and steps are stored, and those with data alone.

    An imported file declares no steps, unless its import was given them.
    """

    with_steps: list[str]
    without_steps: list[str]

    @classmethod
    def of(
        cls, instruments: Iterable[Instrument], stored: Iterable[InstrumentId]
    ) -> "InstrumentChoices":
        """Return the choices among all instruments with stored data."""
        known = [str(instrument.id) for instrument in instruments]
        return cls(known, [str(name) for name in stored if str(name) not in known])

    def payload(self) -> dict[str, Any]:
        """Return them as JSON values, those that can be used at once first."""
        return {
            "instruments": [*self.with_steps, *self.without_steps],
            "without_steps": self.without_steps,
        }
