"""Write docs/indicators.md from the catalog of indicators."""

from pathlib import Path

import typer

from strategies.indicators.reference import reference

PAGE = Path(__file__).parents[1] / "docs" / "indicators.md"


def main() -> None:
    """Write the page anew. Example: uv run scripts/write_indicator_reference.py"""
    PAGE.write_text(reference(), encoding="utf-8")
    typer.echo(f"{PAGE.name} written")


if __name__ == "__main__":
    typer.run(main)
