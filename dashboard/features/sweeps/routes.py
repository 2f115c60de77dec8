"""The requests of sweeps, below `/sweeps`; their jobs are listed with those of backtests."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.features.form_routes import add_run_routes
from dashboard.jobs.run_jobs import RunKind
from dashboard.rest.request_values import text
from dashboard.rest.responses import handle_errors, json_response
from dashboard.services import DashboardServices


def add_sweep_routes(server: FastAPI, services: DashboardServices) -> None:
    """Serve the form of sweeps, and stored sweeps."""
    reads, run = services.backtests, services.thread_pools.run
    add_run_routes(server, "/api/v1/sweeps", RunKind.SWEEP, reads.check_sweep, services)

    async def sweeps(_: Request) -> Response:
        return json_response(await run(reads.sweeps))

    async def sweep(request: Request) -> Response:
        params = request.query_params
        digest, metric = text(params, "digest"), text(params, "by") or "sharpe"
        return json_response(await run(reads.sweep, digest, metric))

    server.add_route("/api/v1/sweeps/list", handle_errors(sweeps), methods=["GET"])
    server.add_route("/api/v1/sweeps/result", handle_errors(sweep), methods=["GET"])
