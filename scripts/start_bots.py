"""Start the service that runs bots."""

import typer

from scripts.cli.options.standard import DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape services bots")
def main(data_dir: DataDir = None) -> None:
    """Run the bots of DATABASE_URL, notified through REDIS_URL, until stopped."""
    from scripts.cli.service_entry import run_service
    from scripts.services.bots import serve

    run_service(serve, data_dir)


if __name__ == "__main__":
    app()
