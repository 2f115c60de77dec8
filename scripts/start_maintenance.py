"""Start the service that maintains the store."""

import typer

from scripts.cli.options.standard import DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape services maintenance")
def main(data_dir: DataDir = None) -> None:
    """Apply retention to DATABASE_URL and back it up until stopped."""
    from scripts.cli.service_entry import run_service
    from scripts.services.maintenance import serve

    run_service(serve, data_dir)


if __name__ == "__main__":
    app()
