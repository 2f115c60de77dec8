"""Compare an import's declaration of its instrument with the stored facts. Pure."""

import re
from dataclasses import dataclass, fields
from decimal import Decimal

from data.errors import InvalidValue
from data.market.instrument import Instrument, InstrumentId, InstrumentKind, InstrumentState
from utils.errors import ConfigError

_CONTRACT_SYMBOL = re.compile(r"swap|perp|fut", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentDeclaration:
    """The facts of an instrument from options; None: not given."""

    kind: InstrumentKind | None = None
    price_step: Decimal | None = None
    size_step: Decimal | None = None
    min_size: Decimal | None = None
    contract_value: Decimal | None = None
    contract_currency: str | None = None
    base: str | None = None
    quote: str | None = None

    def instrument(self, name: InstrumentId, stored: Instrument | None) -> Instrument | None:
        """Return the instrument to store, or None if there is nothing to store.

        The steps alone imply spot, and a price step alone is used for rounding only. Raises
        ConfigError for facts that are missing, or that differ from the stored ones.
        """
        if stored is not None:
            self._require_same(stored)
            return None
        if self.kind is None and _CONTRACT_SYMBOL.search(name.symbol):
            problem = f"{name} looks like a contract: specify its kind, such as --kind swap"
            raise ConfigError("--kind", problem=problem)
        if not self._given() - {"price_step"}:
            return None
        return self._complete(name)

    def _complete(self, name: InstrumentId) -> Instrument:
        kind = self.kind or InstrumentKind.SPOT
        is_spot = kind is InstrumentKind.SPOT
        base, quote = (*name.symbol.split("-"), "", "")[:2]
        base, quote = self.base or base, self.quote or quote
        for field, missing in (
            ("price_step", self.price_step is None),
            ("size_step", self.size_step is None),
            ("contract_value", not is_spot and self.contract_value is None),
            ("base", not base),
            ("quote", not quote),
        ):
            if missing:
                problem = f"is needed to store {name} as {kind} with its steps"
                raise ConfigError(_option(field), problem=problem)
        assert self.price_step is not None
        assert self.size_step is not None
        if is_spot and (self.contract_value, self.contract_currency) != (None, None):
            problem = f"{name} is spot, which has no contract; use --kind swap or omit it"
            raise ConfigError("--contract-value, --contract-currency", problem=problem)
        if self.contract_value is not None and self.contract_value <= 0:
            problem = f"must be above 0, was {self.contract_value}"
            raise ConfigError("--contract-value", problem=problem)
        try:
            return Instrument(
                id=name,
                kind=kind,
                state=InstrumentState.LIVE,
                base=base,
                quote=quote,
                price_step=self.price_step,
                size_step=self.size_step,
                min_size=self.size_step if self.min_size is None else self.min_size,
                contract_value=self.contract_value,
                contract_currency=None if is_spot else self.contract_currency or base,
            )
        except InvalidValue as error:
            raise ConfigError("--price-step, --size-step, --min-size", problem=str(error)) from None

    def _given(self) -> set[str]:
        return {field.name for field in fields(self) if getattr(self, field.name) is not None}

    def _require_same(self, stored: Instrument) -> None:
        for field in sorted(self._given()):
            given, kept = getattr(self, field), getattr(stored, field)
            if given != kept:
                raise ConfigError(
                    _option(field),
                    problem=f"{stored.id} is stored with {kept}, was {given}; omit it, or "
                    "delete the instrument's data first (truetape data delete)",
                )


def _option(field: str) -> str:
    return f"--{field.replace('_', '-')}"
