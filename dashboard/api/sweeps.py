"""The requests of sweeps, below `/sweeps`: JSON in, JSON out."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.form_requests import UNPROCESSABLE, Form
from dashboard.backtests.runs import RunKind, run_payload
from dashboard.backtests.services import BacktestServices
from dashboard.backtests.sweep_validation import CheckedSweep
from dashboard.rest.request_values import read_body, text
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role


def add_sweep_routes(server: FastAPI, backtests: BacktestServices) -> None:
    """Serve the requests about sweeps; their jobs are listed with those of backtests."""

    @read_only
    async def check(request: Request) -> Response:
        return _checked(await backtests.check_sweep((await read_body(request, Form)).values))

    @requires_role(Role.OPERATOR)
    async def run(request: Request) -> Response:
        checked = await backtests.check_sweep((await read_body(request, Form)).values)
        if checked.config is None:
            return _checked(checked, UNPROCESSABLE)
        config = checked.config.model_dump(mode="json")
        job = backtests.jobs.submit(RunKind.SWEEP, config, request.user.name)
        return json_response(run_payload(job))

    async def sweeps(_: Request) -> Response:
        return json_response(await backtests.sweeps())

    async def sweep(request: Request) -> Response:
        params = request.query_params
        return json_response(
            await backtests.sweep(text(params, "digest"), text(params, "by") or "sharpe")
        )

    server.add_route("/sweeps/check", handle_errors(check), methods=["POST"])
    server.add_route("/sweeps/run", handle_errors(run), methods=["POST"])
    server.add_route("/sweeps/list", handle_errors(sweeps), methods=["GET"])
    server.add_route("/sweeps/result", handle_errors(sweep), methods=["GET"])


def _checked(checked: CheckedSweep, status: int = 200) -> Response:
    config = checked.config
    payload = {
        "config": None if config is None else config.model_dump(mode="json"),
        "problems": checked.problems,
        "points": checked.points,
        "values": checked.values,
    }
    return json_response(payload, status)
