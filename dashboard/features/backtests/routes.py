"""The requests of backtests, below `/backtests`: JSON in, JSON out."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.features.backtests.reads import BacktestReads
from dashboard.features.form_routes import add_run_routes
from dashboard.jobs.run_jobs import RunKind, RunQueue, run_payload
from dashboard.read_limits import time_from
from dashboard.rest.request_values import (
    Body,
    RowNumber,
    instrument,
    integer,
    read_body,
    timeframe,
    whole_number,
)
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import requires_role
from dashboard.security.roles import Role
from dashboard.services import DashboardServices
from dashboard.thread_pools import ThreadPools
from data.errors import InvalidValue

MAX_NOTE_LENGTH = 2_000
MAX_TAG_LENGTH = 40
MAX_TAGS = 20


class JobRequest(Body, frozen=True, kw_only=True):
    """Do something to a job."""

    job: RowNumber


class Annotation(Body, frozen=True, kw_only=True):
    """Replace note and tags of a backtest."""

    backtest: RowNumber
    note: str
    tags: list[str]


class Deletion(Body, frozen=True, kw_only=True):
    """Delete these backtests."""

    backtests: Annotated[list[RowNumber], msgspec.Meta(min_length=1)]


def add_backtest_routes(server: FastAPI, services: DashboardServices) -> None:
    """Serve the form of backtests, their jobs and stored backtests."""
    _add_form(server, services)
    _add_jobs(server, services.runs)
    _add_history(server, services.backtests, services.thread_pools)
    _add_results(server, services.backtests, services.thread_pools)


def _add_form(server: FastAPI, services: DashboardServices) -> None:
    reads, run = services.backtests, services.thread_pools.run

    async def catalog(_: Request) -> Response:
        return json_response(await run(reads.catalog))

    async def span(request: Request) -> Response:
        name = instrument(request.query_params, "instrument")
        length = timeframe(request.query_params, "timeframe")
        return json_response(await run(reads.stored_span, name, length))

    server.add_route("/api/v1/backtests/catalog", handle_errors(catalog), methods=["GET"])
    server.add_route("/api/v1/backtests/span", handle_errors(span), methods=["GET"])
    add_run_routes(server, "/api/v1/backtests", RunKind.BACKTEST, reads.check, services)


def _add_jobs(server: FastAPI, runs: RunQueue) -> None:
    async def jobs(_: Request) -> Response:
        jobs = [run_payload(job) for job in runs.all()]
        return json_response({"jobs": jobs, "now": datetime.now(UTC)})

    @requires_role(Role.OPERATOR)
    async def cancel(request: Request) -> Response:
        runs.cancel((await read_body(request, JobRequest)).job)
        return await jobs(request)

    @requires_role(Role.OPERATOR)
    async def dismiss(request: Request) -> Response:
        runs.dismiss((await read_body(request, JobRequest)).job)
        return await jobs(request)

    server.add_route("/api/v1/backtests/jobs", handle_errors(jobs), methods=["GET"])
    server.add_route("/api/v1/backtests/cancel", handle_errors(cancel), methods=["POST"])
    server.add_route("/api/v1/backtests/dismiss", handle_errors(dismiss), methods=["POST"])


def _add_history(server: FastAPI, reads: BacktestReads, thread_pools: ThreadPools) -> None:
    async def history(_: Request) -> Response:
        return json_response(await thread_pools.run(reads.history))

    @requires_role(Role.OPERATOR)
    async def annotate(request: Request) -> Response:
        params = await read_body(request, Annotation)
        note, tags = _note(params.note), _tags(params.tags)
        await thread_pools.run(reads.kept.annotate, params.backtest, note, tags)
        return await history(request)

    @requires_role(Role.OPERATOR)
    async def delete(request: Request) -> Response:
        await thread_pools.run(reads.delete, (await read_body(request, Deletion)).backtests)
        return await history(request)

    server.add_route("/api/v1/backtests/history", handle_errors(history), methods=["GET"])
    server.add_route("/api/v1/backtests/annotate", handle_errors(annotate), methods=["POST"])
    server.add_route("/api/v1/backtests/delete", handle_errors(delete), methods=["POST"])


def _add_results(server: FastAPI, reads: BacktestReads, thread_pools: ThreadPools) -> None:
    run = thread_pools.run

    def backtest_id(request: Request) -> int:
        return integer(request.query_params, "id")

    async def result(request: Request) -> Response:
        return json_response(await run(reads.result, backtest_id(request)))

    async def promotion(request: Request) -> Response:
        return json_response(await run(reads.promotion, backtest_id(request)))

    async def candles(request: Request) -> Response:
        at = request.query_params.get("at")
        time = time_from("at", at) if at else None
        return json_response(await run(reads.window, backtest_id(request), time))

    async def compared(request: Request) -> Response:
        texts = request.query_params.get("ids", "").split(",")
        ids = [whole_number("ids", text) for text in texts]
        return json_response(await run(reads.compared, ids))

    server.add_route("/api/v1/backtests/result", handle_errors(result), methods=["GET"])
    server.add_route("/api/v1/backtests/promotion", handle_errors(promotion), methods=["GET"])
    server.add_route("/api/v1/backtests/candles", handle_errors(candles), methods=["GET"])
    server.add_route("/api/v1/backtests/compared", handle_errors(compared), methods=["GET"])


def _note(text: str) -> str:
    if len(text) > MAX_NOTE_LENGTH:
        raise InvalidValue(f"a note has at most {MAX_NOTE_LENGTH} characters, was {len(text)}")
    return text.strip()


def _tags(tags: list[str]) -> list[str]:
    unique = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(unique) > MAX_TAGS or any(len(tag) > MAX_TAG_LENGTH for tag in unique):
        raise InvalidValue(
            f"at most {MAX_TAGS} tags of at most {MAX_TAG_LENGTH} characters are allowed"
        )
    return unique
