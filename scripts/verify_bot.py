"""Replay one bot from tape, stored signals and journal: IDENTICAL, or the first difference."""

import typer

from scripts.bots import AsJson, Name, verify

_EXAMPLE = "Example: uv run scripts/verify_bot.py my-bot"

app = typer.Typer(add_completion=False)


@app.command(epilog=_EXAMPLE)
def main(name: Name, as_json: AsJson = False) -> None:
    """Replay a bot; ends with 1 if anything comes out differently."""
    verify([name], everyone=False, as_json=as_json)


if __name__ == "__main__":
    app()
