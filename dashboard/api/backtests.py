"""The Backtests page's requests, as JSON."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.form_requests import UNPROCESSABLE, Form
from dashboard.api.sweeps import add_sweep_routes
from dashboard.backtests.form_validation import CheckedBacktest
from dashboard.backtests.runs import RunKind, run_payload
from dashboard.backtests.services import BacktestServices
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
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
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


def add_backtest_routes(server: FastAPI, backtests: BacktestServices) -> None:
    """Serve the Backtests page below `/backtests`."""
    _add_form(server, backtests)
    _add_jobs(server, backtests)
    _add_kept(server, backtests)
    add_sweep_routes(server, backtests)


def _add_form(server: FastAPI, backtests: BacktestServices) -> None:
    async def catalog(_: Request) -> Response:
        return json_response(await backtests.catalog())

    async def span(request: Request) -> Response:
        params = request.query_params
        stored = await backtests.stored_span(
            instrument(params, "instrument"), timeframe(params, "timeframe")
        )
        return json_response(stored)

    @read_only
    async def check(request: Request) -> Response:
        return _checked(await backtests.check((await read_body(request, Form)).values))

    @requires_role(Role.OPERATOR)
    async def run(request: Request) -> Response:
        checked = await backtests.check((await read_body(request, Form)).values)
        if checked.config is None:
            return _checked(checked, UNPROCESSABLE)
        config = checked.config.model_dump(mode="json")
        job = backtests.jobs.submit(RunKind.BACKTEST, config, request.user.name)
        return json_response(run_payload(job))

    server.add_route("/backtests/catalog", handle_errors(catalog), methods=["GET"])
    server.add_route("/backtests/span", handle_errors(span), methods=["GET"])
    server.add_route("/backtests/check", handle_errors(check), methods=["POST"])
    server.add_route("/backtests/run", handle_errors(run), methods=["POST"])


def _add_jobs(server: FastAPI, backtests: BacktestServices) -> None:
    async def jobs(_: Request) -> Response:
        jobs = [run_payload(job) for job in backtests.jobs.all()]
        return json_response({"jobs": jobs, "now": datetime.now(UTC)})

    @requires_role(Role.OPERATOR)
    async def cancel(request: Request) -> Response:
        backtests.jobs.cancel((await read_body(request, JobRequest)).job)
        return await jobs(request)

    @requires_role(Role.OPERATOR)
    async def dismiss(request: Request) -> Response:
        backtests.jobs.dismiss((await read_body(request, JobRequest)).job)
        return await jobs(request)

    server.add_route("/backtests/jobs", handle_errors(jobs), methods=["GET"])
    server.add_route("/backtests/cancel", handle_errors(cancel), methods=["POST"])
    server.add_route("/backtests/dismiss", handle_errors(dismiss), methods=["POST"])


def _add_kept(server: FastAPI, backtests: BacktestServices) -> None:
    async def history(_: Request) -> Response:
        return json_response(await backtests.history())

    async def result(request: Request) -> Response:
        return json_response(await backtests.result(integer(request.query_params, "id")))

    async def promotion(request: Request) -> Response:
        return json_response(await backtests.promotion(integer(request.query_params, "id")))

    async def candles(request: Request) -> Response:
        at = time_from("at", request.query_params["at"]) if _has(request, "at") else None
        return json_response(await backtests.window(integer(request.query_params, "id"), at))

    async def compared(request: Request) -> Response:
        texts = request.query_params.get("ids", "").split(",")
        return json_response(
            await backtests.compared([whole_number("ids", text) for text in texts])
        )

    @requires_role(Role.OPERATOR)
    async def annotate(request: Request) -> Response:
        params = await read_body(request, Annotation)
        await backtests.annotate(params.backtest, _note(params.note), _tags(params.tags))
        return await history(request)

    @requires_role(Role.OPERATOR)
    async def delete(request: Request) -> Response:
        await backtests.delete((await read_body(request, Deletion)).backtests)
        return await history(request)

    server.add_route("/backtests/history", handle_errors(history), methods=["GET"])
    server.add_route("/backtests/result", handle_errors(result), methods=["GET"])
    server.add_route("/backtests/promotion", handle_errors(promotion), methods=["GET"])
    server.add_route("/backtests/candles", handle_errors(candles), methods=["GET"])
    server.add_route("/backtests/compared", handle_errors(compared), methods=["GET"])
    server.add_route("/backtests/annotate", handle_errors(annotate), methods=["POST"])
    server.add_route("/backtests/delete", handle_errors(delete), methods=["POST"])


def _checked(checked: CheckedBacktest, wrong: int = 200) -> Response:
    config = checked.config
    values = None if config is None else config.model_dump(mode="json")
    return json_response({"config": values, "problems": checked.problems}, wrong)


def _has(request: Request, name: str) -> bool:
    return bool(request.query_params.get(name))


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
