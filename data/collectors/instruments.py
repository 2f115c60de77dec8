"""Load the instruments before they are collected; detect when they change."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import msgspec

from data.collectors.rest import ExchangeRest
from data.errors import PermanentFeedError, TemporaryFeedError
from data.market.instrument import Instrument, InstrumentId, InstrumentState
from data.ports import InstrumentRepository

log = logging.getLogger("truetape.collector.instruments")


class InstrumentDirectory:
    """The configured instruments as the exchange lists them now, kept in the store."""

    def __init__(
        self,
        rest: ExchangeRest,
        repository: InstrumentRepository,
        requested: Sequence[InstrumentId],
    ) -> None:
        self._rest = rest
        self._repository = repository
        self._requested = requested

    async def refresh(self) -> dict[InstrumentId, Instrument]:
        """Request the instruments and store them. One that is gone becomes DELISTED.

        Raises TemporaryFeedError and PermanentFeedError if the exchange does not respond.
        """
        listed = {
            instrument.id: instrument
            for instrument in await self._rest.instruments(
                [name.symbol for name in self._requested]
            )
        }
        stored = await self.stored()
        gone = [
            msgspec.structs.replace(instrument, state=InstrumentState.DELISTED)
            for name, instrument in stored.items()
            if name not in listed
        ]
        known = {**listed, **{instrument.id: instrument for instrument in gone}}
        await asyncio.to_thread(self._repository.save, list(known.values()))
        return known

    async def stored(self) -> dict[InstrumentId, Instrument]:
        """Return the stored ones of the configured instruments."""
        found = await asyncio.to_thread(lambda: [self._repository.get(n) for n in self._requested])
        return {instrument.id: instrument for instrument in found if instrument is not None}

    async def known(self) -> dict[InstrumentId, Instrument]:
        """Return the instruments: from the store if it has all and all may trade, else by request.

        Raises TemporaryFeedError if the exchange does not respond and the store lacks one.
        """
        stored = await self.stored()
        if not any(refusal(name, stored) for name in self._requested):
            return stored
        try:
            return await self.refresh()
        except (TemporaryFeedError, PermanentFeedError) as error:
            unknown = [str(name) for name in self._requested if name not in stored]
            if unknown:
                names = ", ".join(unknown)
                raise TemporaryFeedError(
                    f"no stored instrument data of {names}: {error}"
                ) from error
            log.warning("instruments not refreshed; stored ones used", extra={"error": str(error)})
            return stored


def is_delisted(name: InstrumentId, known: Mapping[InstrumentId, Instrument]) -> bool:
    """Return whether an instrument was listed once and is not any more."""
    return name in known and known[name].state is InstrumentState.DELISTED


def refusal(name: InstrumentId, known: Mapping[InstrumentId, Instrument]) -> str:
    """Return why an instrument cannot be collected now; empty if it can."""
    if name not in known:
        return "not listed by the exchange"
    state = known[name].state
    return "" if state is InstrumentState.LIVE else f"state at the exchange: {state}"
