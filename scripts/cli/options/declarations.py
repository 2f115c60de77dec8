"""The options by which an import declares its instrument."""

from typing import Annotated

import typer

from data import InstrumentKind

Kind = Annotated[
    InstrumentKind | None, typer.Option(help="What it is, if no exchange describes it; stored.")
]
PriceStep = Annotated[
    str | None,
    typer.Option(help="As in 0.01: the noise of floats is rounded to it; kept with --size-step."),
]
SizeStep = Annotated[str | None, typer.Option(help="As in 0.001, in contracts for a swap; kept.")]
MinSize = Annotated[str | None, typer.Option(help="The smallest order. Default: one size step.")]
ContractValue = Annotated[str | None, typer.Option(help="What one contract stands for; kept.")]
ContractCurrency = Annotated[
    str | None, typer.Option(help="What the contract value counts. Default: the base.")
]
Base = Annotated[str | None, typer.Option(help="If the symbol is not BASE-QUOTE.")]
Quote = Annotated[str | None, typer.Option(help="If the symbol is not BASE-QUOTE.")]
