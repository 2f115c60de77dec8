from decimal import Decimal
from typing import Any

import pytest

from data import InstrumentId, InstrumentKind
from data.imports.declaration import InstrumentDeclaration
from utils.errors import ConfigError

SPOT = InstrumentId("case", "BTC-USDT")
SWAP = InstrumentId("case", "BTC-USDT-SWAP")
STEPS: dict[str, Any] = {"price_step": Decimal("0.1"), "size_step": Decimal(1)}


def test_what_an_import_declares_is_the_instrument():
    declaration = InstrumentDeclaration(
        kind=InstrumentKind.SWAP, contract_value=Decimal("0.01"), **STEPS
    )
    swap = declaration.instrument(SWAP, None)
    assert swap is not None
    assert (swap.kind, swap.base, swap.quote) == (InstrumentKind.SWAP, "BTC", "USDT")
    assert (swap.contract_value, swap.contract_currency) == (Decimal("0.01"), "BTC")
    assert (swap.price_step, swap.size_step, swap.min_size) == (Decimal("0.1"), 1, 1)
    assert declaration.instrument(SWAP, swap) is None


def test_steps_alone_are_those_of_spot():
    spot = InstrumentDeclaration(**STEPS).instrument(SPOT, None)
    assert spot is not None
    assert (spot.kind, spot.contract_value, spot.contract_currency) == (
        InstrumentKind.SPOT, None, None,
    )  # fmt: skip


@pytest.mark.parametrize("declared", [{}, {"price_step": Decimal("0.1")}])
def test_without_steps_nothing_is_stored_of_it(declared: dict[str, Any]):
    assert InstrumentDeclaration(**declared).instrument(SPOT, None) is None


@pytest.mark.parametrize(
    ("name", "declared", "problem"),
    [
        (SWAP, {}, "--kind: case:BTC-USDT-SWAP looks like a contract: specify its kind"),
        (SWAP, STEPS, "--kind: case:BTC-USDT-SWAP looks like a contract"),
        (SPOT, {"kind": InstrumentKind.SPOT}, "--price-step: is needed to store case:BTC-USDT"),
        (SPOT, {"price_step": Decimal(1), "min_size": Decimal(1)}, "--size-step: is needed"),
        (SWAP, {"kind": InstrumentKind.SWAP, **STEPS}, "--contract-value: is needed"),
        (SPOT, {"contract_value": Decimal(1), **STEPS}, "is spot, which has no contract"),
        (InstrumentId("case", "XBTUSD"), STEPS, "--quote: is needed to store case:XBTUSD as spot"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_named(
    name: InstrumentId, declared: dict[str, Any], problem: str
):
    with pytest.raises(ConfigError, match=problem):
        InstrumentDeclaration(**declared).instrument(name, None)


def test_what_is_stored_is_not_declared_anew():
    stored = InstrumentDeclaration(**STEPS).instrument(SPOT, None)
    other = InstrumentDeclaration(kind=InstrumentKind.SWAP)
    with pytest.raises(ConfigError, match="--kind: case:BTC-USDT is stored with spot, was swap"):
        other.instrument(SPOT, stored)
