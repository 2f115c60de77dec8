"""What the whole site says of itself."""

from dataclasses import dataclass

PRODUCT = "Truetape"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`simulated`: the exchange is a simulator, and every page must say so.

    `demo_command` is offered where the exchange cannot be reached; empty: not offered.
    """

    simulated: bool = False
    demo_command: str = "uv run main.py --demo"

    @property
    def title(self) -> str:
        """Return the document's title."""
        return f"SIMULATED · {PRODUCT}" if self.simulated else PRODUCT
