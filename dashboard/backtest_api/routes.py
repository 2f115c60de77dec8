"""The Backtests page's requests, as JSON."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.answers import answering, json_answer
from dashboard.backtest_api.forms import WRONG, Form
from dashboard.backtest_api.sweep_routes import add_sweep_routes
from dashboard.backtests.door import Checked
from dashboard.backtests.services import BacktestServices
from dashboard.read_limits import time_from
from dashboard.request_values import (
    Body,
    RowNumber,
    instrument,
    read_body,
    timeframe,
    whole,
    whole_number,
)
from dashboard.security.needs import needs, only_asks
from dashboard.security.roles import Role
from data.errors import InvalidValue

LONGEST_NOTE = 2_000
LONGEST_TAG = 40
MOST_TAGS = 20


class JobRequest(Body, frozen=True, kw_only=True):
    """Do something to a job."""

    job: RowNumber


class Annotation(Body, frozen=True, kw_only=True):
    """Replace note and tags of a backtest."""

    backtest: RowNumber
    note: str
    tags: list[str]


class Deletion(Body, frozen=True, kw_only=True):
    """Forget these backtests."""

    backtests: Annotated[list[RowNumber], msgspec.Meta(min_length=1)]


def add_backtest_routes(server: FastAPI, backtests: BacktestServices) -> None:
    """Serve the page below `/backtests`."""
    _add_form(server, backtests)
    _add_jobs(server, backtests)
    _add_kept(server, backtests)
    add_sweep_routes(server, backtests)


def _add_form(server: FastAPI, backtests: BacktestServices) -> None:
    async def catalog(_: Request) -> Response:
        return json_answer(await backtests.catalog())

    async def span(request: Request) -> Response:
        asked = request.query_params
        stored = await backtests.stored_span(
            instrument(asked, "instrument"), timeframe(asked, "timeframe")
        )
        return json_answer(stored)

    @only_asks
    async def check(request: Request) -> Response:
        return _checked(await backtests.check((await read_body(request, Form)).values))

    @needs(Role.OPERATOR)
    async def run(request: Request) -> Response:
        checked = await backtests.check((await read_body(request, Form)).values)
        if checked.config is None:
            return _checked(checked, WRONG)
        return json_answer(backtests.submit(checked.config))

    server.add_route("/backtests/catalog", answering(catalog), methods=["GET"])
    server.add_route("/backtests/span", answering(span), methods=["GET"])
    server.add_route("/backtests/check", answering(check), methods=["POST"])
    server.add_route("/backtests/run", answering(run), methods=["POST"])


def _add_jobs(server: FastAPI, backtests: BacktestServices) -> None:
    async def jobs(_: Request) -> Response:
        return json_answer({"jobs": backtests.jobs(), "now": datetime.now(UTC)})

    @needs(Role.OPERATOR)
    async def cancel(request: Request) -> Response:
        backtests.cancel((await read_body(request, JobRequest)).job)
        return await jobs(request)

    @needs(Role.OPERATOR)
    async def dismiss(request: Request) -> Response:
        backtests.dismiss((await read_body(request, JobRequest)).job)
        return await jobs(request)

    server.add_route("/backtests/jobs", answering(jobs), methods=["GET"])
    server.add_route("/backtests/cancel", answering(cancel), methods=["POST"])
    server.add_route("/backtests/dismiss", answering(dismiss), methods=["POST"])


def _add_kept(server: FastAPI, backtests: BacktestServices) -> None:
    async def history(_: Request) -> Response:
        return json_answer(await backtests.history())

    async def result(request: Request) -> Response:
        return json_answer(await backtests.result(whole(request.query_params, "id")))

    async def promotion(request: Request) -> Response:
        return json_answer(await backtests.promotion(whole(request.query_params, "id")))

    async def candles(request: Request) -> Response:
        at = time_from("at", request.query_params["at"]) if _has(request, "at") else None
        return json_answer(await backtests.window(whole(request.query_params, "id"), at))

    async def compared(request: Request) -> Response:
        texts = request.query_params.get("ids", "").split(",")
        return json_answer(await backtests.compared([whole_number("ids", text) for text in texts]))

    @needs(Role.OPERATOR)
    async def annotate(request: Request) -> Response:
        asked = await read_body(request, Annotation)
        await backtests.annotate(asked.backtest, _note(asked.note), _tags(asked.tags))
        return await history(request)

    @needs(Role.OPERATOR)
    async def delete(request: Request) -> Response:
        await backtests.delete((await read_body(request, Deletion)).backtests)
        return await history(request)

    server.add_route("/backtests/history", answering(history), methods=["GET"])
    server.add_route("/backtests/result", answering(result), methods=["GET"])
    server.add_route("/backtests/promotion", answering(promotion), methods=["GET"])
    server.add_route("/backtests/candles", answering(candles), methods=["GET"])
    server.add_route("/backtests/compared", answering(compared), methods=["GET"])
    server.add_route("/backtests/annotate", answering(annotate), methods=["POST"])
    server.add_route("/backtests/delete", answering(delete), methods=["POST"])


def _checked(checked: Checked, wrong: int = 200) -> Response:
    config = checked.config
    values = None if config is None else config.model_dump(mode="json")
    return json_answer({"config": values, "problems": checked.problems}, wrong)


def _has(request: Request, name: str) -> bool:
    return bool(request.query_params.get(name))


def _note(text: str) -> str:
    if len(text) > LONGEST_NOTE:
        raise InvalidValue(f"a note holds at most {LONGEST_NOTE} characters, this one {len(text)}")
    return text.strip()


def _tags(tags: list[str]) -> list[str]:
    told = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(told) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in told):
        raise InvalidValue(f"at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters")
    return told
