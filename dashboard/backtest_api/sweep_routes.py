"""The requests of sweeps, below `/sweeps`: JSON in, JSON out."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.answers import answering, json_answer
from dashboard.backtest_api.forms import WRONG, Form
from dashboard.backtests.services import BacktestServices
from dashboard.backtests.sweep_door import CheckedSweep
from dashboard.request_values import read_body, text
from dashboard.security.needs import needs, only_asks
from dashboard.security.roles import Role


def add_sweep_routes(server: FastAPI, backtests: BacktestServices) -> None:
    """Serve what the page asks of sweeps; their jobs are among the others."""

    @only_asks
    async def check(request: Request) -> Response:
        return _checked(await backtests.check_sweep((await read_body(request, Form)).values))

    @needs(Role.OPERATOR)
    async def run(request: Request) -> Response:
        checked = await backtests.check_sweep((await read_body(request, Form)).values)
        if checked.config is None:
            return _checked(checked, WRONG)
        return json_answer(backtests.submit_sweep(checked.config))

    async def studies(_: Request) -> Response:
        return json_answer(await backtests.studies())

    async def study(request: Request) -> Response:
        asked = request.query_params
        return json_answer(
            await backtests.study(text(asked, "digest"), text(asked, "by") or "sharpe")
        )

    server.add_route("/sweeps/check", answering(check), methods=["POST"])
    server.add_route("/sweeps/run", answering(run), methods=["POST"])
    server.add_route("/sweeps/studies", answering(studies), methods=["GET"])
    server.add_route("/sweeps/study", answering(study), methods=["GET"])


def _checked(checked: CheckedSweep, status: int = 200) -> Response:
    config = checked.config
    told = {
        "config": None if config is None else config.model_dump(mode="json"),
        "problems": checked.problems,
        "points": checked.points,
        "values": checked.values,
    }
    return json_answer(told, status)
