"""Start the service that verifies bots."""

import typer

from scripts.cli.options.standard import DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape services verification")
def main(data_dir: DataDir = None) -> None:
    """Verify the bots of DATABASE_URL, with the lowest priority, until stopped."""
    from scripts.cli.service_entry import run_service
    from scripts.services.verification import serve

    run_service(serve, data_dir)


if __name__ == "__main__":
    app()
