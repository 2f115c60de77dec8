"""Start the service that computes signals."""

import typer

from scripts.cli.options.standard import DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape services strategies")
def main(data_dir: DataDir = None) -> None:
    """Compute signals into DATABASE_URL, and publish them through REDIS_URL, until stopped."""
    from scripts.cli.service_entry import run_service
    from scripts.services.strategies import serve

    run_service(serve, data_dir)


if __name__ == "__main__":
    app()
