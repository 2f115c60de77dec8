"""The product name, and what the whole site shows of its deployment."""

from dataclasses import dataclass

PRODUCT = "Truetape"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`simulated`: the exchange is a simulator, which every page must show.

    `demo_command` is shown when the exchange is unreachable; "": not shown.
    """

    simulated: bool = False
    demo_command: str = "uv run main.py --demo"

    @property
    def title(self) -> str:
        """Return the document's title."""
        return f"SIMULATED · {PRODUCT}" if self.simulated else PRODUCT
