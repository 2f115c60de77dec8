"""The listed instruments, as the exchange's instrument objects."""

from dataclasses import dataclass, field

from data.simulator.market.listing import (
    InstrumentType,
    ListedInstrument,
    ListingChange,
    decimal_text,
)

InstrumentObject = dict[str, object]

_EMPTY = """
    alias auctionEndTime baseCcy contTdSwTime ctMult ctType ctVal ctValCcy expTime freq
    instFamily longPosRemainingQuota maxPlatOILmt method optType posLmtAmt posLmtPct
    preMktSwTime quoteCcy seriesId settleCcy shortPosRemainingQuota stk uly
"""


def instrument_object(listing: ListedInstrument, listed_ms: int) -> InstrumentObject:
    """Return the object of REST and of the `instruments` channel, with every field of 2026."""
    common: InstrumentObject = {
        **dict.fromkeys(_EMPTY.split(), ""),
        "category": "1",
        "futureSettlement": False,
        "instCategory": "1",
        "instId": listing.inst_id,
        "instIdCode": listing.code,
        "instType": listing.kind.value,
        "listTime": str(listed_ms),
        "lotSz": listing.size_step,
        "maxIcebergSz": "9999999999",
        "maxLmtAmt": "20000000",
        "maxLmtSz": "9999999999",
        "maxMktAmt": "1000000",
        "maxMktSz": "1000000",
        "maxStopSz": "1000000",
        "maxTriggerSz": "9999999999",
        "maxTwapSz": "9999999999",
        "minSz": decimal_text(listing.min_lots, listing.size_decimals),
        "ruleType": "normal",
        "state": "live",
        "tickSz": listing.price_step,
        "tradeQuoteCcyList": [],
        "upcChg": [],
    }
    return common | (_contract(listing) if listing.is_contract else _spot(listing))


def _spot(listing: ListedInstrument) -> InstrumentObject:
    return {
        "baseCcy": listing.base,
        "quoteCcy": listing.quote,
        "groupId": "12",
        "lever": "10",
        "openType": "fix_price",
        "tradeQuoteCcyList": [listing.quote],
    }


def _contract(listing: ListedInstrument) -> InstrumentObject:
    family = f"{listing.base}-{listing.quote}"
    inverse = listing.quote == "USD"
    return {
        "ctMult": "1",
        "ctType": "inverse" if inverse else "linear",
        "ctVal": str(listing.contract_value),
        "ctValCcy": listing.quote if inverse else listing.base,
        "groupId": "4",
        "instFamily": family,
        "lever": "100",
        "openType": "call_auction",
        "settleCcy": listing.base if inverse else listing.quote,
        "uly": family,
    }


@dataclass
class Catalog:
    """The listed instruments, with their changes during this run."""

    listings: dict[str, ListedInstrument]
    listed_ms: int
    changes: dict[str, ListingChange] = field(default_factory=dict)

    def objects(self, kind: str = "", inst_id: str = "") -> list[InstrumentObject]:
        """Return the objects of a kind and name; empty means all."""
        names = [*self.listings, *(name for name in self.changes if name not in self.listings)]
        found = [self.object(name) for name in names if inst_id in ("", name)]
        return [each for each in found if each is not None and kind in ("", each["instType"])]

    def object(self, inst_id: str) -> InstrumentObject | None:
        """Return one object; None if it is not listed (any more)."""
        change = self.changes.get(inst_id)
        if change is ListingChange.DELIST:
            return None
        if change is ListingChange.NEW_LISTING:
            return self._new_instrument(inst_id)
        listing = self.listings.get(inst_id)
        if listing is None:
            return None
        found = instrument_object(listing, self.listed_ms)
        if change is ListingChange.SUSPEND:
            return found | {"state": "suspend"}
        if change is ListingChange.TICK_SIZE:
            return found | {"tickSz": decimal_text(1, listing.price_decimals + 1)}
        return found

    @property
    def open_to_subscribe(self) -> frozenset[str]:
        """Return the names of the instruments that can be subscribed."""
        gone = (ListingChange.DELIST, ListingChange.NEW_LISTING)
        return frozenset(name for name in self.listings if self.changes.get(name) not in gone)

    def _new_instrument(self, inst_id: str) -> InstrumentObject:
        base, _, quote = inst_id.partition("-")
        listing = ListedInstrument(
            inst_id=inst_id, kind=InstrumentType.SPOT, base=base, quote=quote,
            price_decimals=0, size_decimals=0,
        )  # fmt: skip
        unknown = dict.fromkeys(("tickSz", "lotSz", "minSz"), "")
        return instrument_object(listing, self.listed_ms) | unknown | {"state": "preopen"}
