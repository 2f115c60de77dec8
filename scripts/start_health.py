"""Start the service that monitors the platform."""

import typer

from scripts.cli.options.standard import DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape services health")
def main(data_dir: DataDir = None) -> None:
    """Monitor the platform of DATABASE_URL and REDIS_URL until stopped."""
    from scripts.cli.exits import exit_on_error
    from scripts.composition.location import running_platform
    from scripts.services.health import serve

    with exit_on_error():
        serve(running_platform(data_dir))


if __name__ == "__main__":
    app()
