"""The instrument that an import declares by its options."""

from decimal import Decimal

from data import Instrument, InstrumentId
from data.imports.declaration import InstrumentDeclaration
from data.ports import InstrumentRepository
from scripts.cli.options.imports import DeclarationOptions
from utils.bounds import Step
from utils.readers import read_as

KIND_UNKNOWN = (
    "its kind and steps are not known: a backtest must give `steps` and takes it as spot; import "
    "again with --kind, --price-step and --size-step to keep them"
)


def declaration_of(options: DeclarationOptions) -> InstrumentDeclaration:
    """Return the declaration that the options give. Raises ConfigError."""
    return InstrumentDeclaration(
        kind=options.kind,
        price_step=_number("--price-step", options.price_step),
        size_step=_number("--size-step", options.size_step),
        min_size=_number("--min-size", options.min_size),
        contract_value=_number("--contract-value", options.contract_value),
        contract_currency=options.contract_currency,
        base=options.base,
        quote=options.quote,
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
