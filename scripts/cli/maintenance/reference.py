"""Write the generated pages of the documentation."""

from pathlib import Path

import typer

from scripts.cli.exits import exit_on_error

DOCS = Path(__file__).parents[3] / "docs"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape maintenance reference")
def main() -> None:
    """Write the pages of the documentation that are made from the code, for contributors."""
    from scripts.cli.reference import reference as commands
    from strategies.indicators.reference import reference as indicators

    with exit_on_error():
        pages = {DOCS / "indicators.md": indicators(), DOCS / "reference" / "cli.md": commands()}
        for page, text in pages.items():
            page.write_text(text, encoding="utf-8")
            typer.echo(f"{page.relative_to(DOCS)} written")
