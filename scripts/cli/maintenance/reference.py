"""Write the generated pages of the documentation."""

from pathlib import Path

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

DOCS = Path(__file__).parents[3] / "docs"


@app.command(epilog="Example: uv run truetape maintenance reference")
def main() -> None:
    """Write the pages of the documentation that are made from the code, for contributors."""
    from scripts.cli.exits import exit_on_error
    from strategies.indicators.reference import reference

    with exit_on_error():
        page = DOCS / "indicators.md"
        page.write_text(reference(), encoding="utf-8")
        typer.echo(f"{page.name} written")
