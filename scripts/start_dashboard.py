"""Start the service that serves the dashboard."""

from typing import Annotated

import typer

from scripts.cli.options.standard import DataDir

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: uv run truetape services dashboard --port 8051")
def main(
    host: Annotated[
        str | None, typer.Option(help="Any but loopback needs a password, a user or a token.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    data_dir: DataDir = None,
) -> None:
    """Serve the dashboard over DATABASE_URL and REDIS_URL until stopped."""
    from scripts.cli.exits import exit_on_error
    from scripts.composition.location import running_platform
    from scripts.services.dashboard.server import serve

    with exit_on_error():
        settings = running_platform(data_dir)
        given = {"host": host, "port": port}
        overrides = {name: value for name, value in given.items() if value is not None}
        dashboard = settings.dashboard.model_copy(update=overrides)
        serve(settings.model_copy(update={"dashboard": dashboard}))


if __name__ == "__main__":
    app()
