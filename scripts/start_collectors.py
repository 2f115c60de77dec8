"""Start the service that collects trades and candles."""

from typing import Annotated

import typer

from scripts.cli.options.standard import DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape services collectors --only okx-spot")
def main(
    only: Annotated[
        str | None, typer.Option(help="The name of the one collector to start.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Collect into DATABASE_URL, and publish through REDIS_URL, until stopped."""
    from scripts.cli.exits import exit_on_error
    from scripts.composition.location import running_platform
    from scripts.services.collectors import serve

    with exit_on_error():
        serve(running_platform(data_dir), only)


if __name__ == "__main__":
    app()
