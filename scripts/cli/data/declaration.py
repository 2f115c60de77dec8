"""The instrument that an import declares by its options."""

from decimal import Decimal

from data import Instrument, InstrumentId, InstrumentKind
from data.imports.declaration import InstrumentDeclaration
from data.ports import InstrumentRepository
from utils.bounds import Step, read_as

KIND_UNKNOWN = (
    "its kind and steps are not known: a backtest must give `steps` and takes it as spot; import "
    "again with --kind, --price-step and --size-step to keep them"
)


def declaration_given(
    *,
    kind: InstrumentKind | None,
    price_step: str | None,
    size_step: str | None,
    min_size: str | None,
    contract_value: str | None,
    contract_currency: str | None,
    base: str | None,
    quote: str | None,
) -> InstrumentDeclaration:
    """Return the declaration that these options give. Raises ConfigError."""
    return InstrumentDeclaration(
        kind=kind,
        price_step=_number("--price-step", price_step),
        size_step=_number("--size-step", size_step),
        min_size=_number("--min-size", min_size),
        contract_value=_number("--contract-value", contract_value),
        contract_currency=contract_currency,
        base=base,
        quote=quote,
    )


def keep_instrument(
    instruments: InstrumentRepository, name: InstrumentId, declaration: InstrumentDeclaration
) -> Instrument | None:
    """Store a declared instrument; return it, else the stored one. Raises ConfigError."""
    stored = instruments.get(name)
    declared = declaration.instrument(name, stored)
    if declared is not None:
        instruments.save([declared])
    return declared or stored


def _number(option: str, text: str | None) -> Decimal | None:
    return None if text is None else read_as(Step, text, source=option)
