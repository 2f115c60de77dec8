"""The values of a chart's indicators over a span, numbered so that live frames continue them."""

from datetime import datetime
from typing import Any

from dashboard.features.market.chart_schemas import IndicatorRequest, ValuesRequest
from dashboard.figures.columns import cells, unix_times
from dashboard.live.hub import LiveHub
from dashboard.live.topics import IndicatorTopic
from dashboard.read_limits import time_of
from dashboard.services import DashboardServices
from data import to_datetime64
from data.errors import InvalidValue
from strategies.charts import (
    MAX_CHART_INDICATORS,
    ChartIndicator,
    evaluate_indicators,
    indicator_of,
    key_of,
)
from strategies.indicators import Column, Indicator
from utils.errors import ConfigError


async def values_payload(
    services: DashboardServices, hub: LiveHub, params: ValuesRequest
) -> dict[str, Any]:
    """Return times and, for each indicator, its columns or its problem.

    Raises InvalidValue, InstrumentMissing, ExternalServiceError.
    """
    name, timeframe = params.symbol, params.timeframe
    since, until = _span(params)
    built = {chosen.id: _build(chosen) for chosen in params.indicators}
    sound = {id_: each for id_, each in built.items() if isinstance(each, Indicator)}
    topics = {id_: IndicatorTopic(name, timeframe, key_of(each)) for id_, each in sound.items()}
    # Frame numbers first: a frame of the meantime is then received twice, never missed.
    answer: dict[str, Any] = {"epoch": hub.epoch, "numbers": hub.numbers(topics.values())}
    warmup = max((each.warmup(timeframe) for each in sound.values()), default=0)
    run = services.thread_pools.run
    await run(services.market.instrument, name)
    frame = await run(services.indicators.frame, name, timeframe, since, warmup, until)
    values = await services.function_runner.call(
        evaluate_indicators, frame, tuple(sound.values()), to_datetime64(since)
    )
    columns = dict(zip(sound, values.columns, strict=True))
    indicators = [
        _indicator_json(id_, each, topics[id_], columns[id_])
        if isinstance(each, Indicator)
        else {"id": id_, "field": each.field, "problem": each.problem}
        for id_, each in built.items()
    ]
    return {**answer, "time": unix_times(values.open_time), "indicators": indicators}


def _span(params: ValuesRequest) -> tuple[datetime, datetime | None]:
    if len(params.indicators) > MAX_CHART_INDICATORS:
        raise InvalidValue(
            f"at most {MAX_CHART_INDICATORS} indicators are drawn, {len(params.indicators)} given"
        )
    since = time_of("since", params.since)
    until = None if params.until is None else time_of("until", params.until)
    if until is not None and until < since:
        raise InvalidValue(
            f"until must not be before since: was {until.isoformat()} and {since.isoformat()}"
        )
    return since, until


def _indicator_json(
    id_: str, indicator: Indicator, topic: IndicatorTopic, columns: tuple[Column, ...]
) -> dict[str, Any]:
    return {
        "id": id_,
        "topic": str(topic),
        "label": indicator.label,
        "shifts": indicator.shifts(),
        "columns": [cells(column) for column in columns],
    }


def _build(chosen: IndicatorRequest) -> Indicator | ConfigError:
    try:
        return indicator_of(
            ChartIndicator(indicator=chosen.indicator, parameters=chosen.parameters)
        )
    except ConfigError as error:
        return error
