"""The values of a chart's studies over a span, numbered so that live frames join on."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np

from dashboard.charts.payload import cells, unix_times
from dashboard.charts.services import ChartServices
from dashboard.live.hub import LiveHub
from dashboard.live.topics import StudyTopic, parse_timeframe
from data import CandleFrame, InstrumentId, Timeframe, to_datetime64
from data.errors import InvalidValue
from strategies.charts import MAX_STUDIES, Study, indicator_of, key_of
from strategies.indicators import Column, Indicator
from utils.errors import ConfigError

MAX_CANDLES = 500_000


class WantedStudy(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the browser's own name for it."""

    id: str
    indicator: str
    parameters: dict[str, Any] = {}


class ValuesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`since` and `until` (exclusive; None: to the end) in Unix seconds."""

    symbol: str
    timeframe: str
    since: int
    until: int | None = None
    studies: list[WantedStudy]


async def values_payload(
    charts: ChartServices, hub: LiveHub, asked: ValuesRequest, now: datetime
) -> dict[str, Any]:
    """Return times and, for each study, its columns or what is wrong with it.

    Raises InvalidValue, ExternalServiceError.
    """
    name, timeframe = InstrumentId.parse(asked.symbol), parse_timeframe(asked.timeframe)
    _check_size(asked, timeframe, now)
    built = {study.id: _build(study) for study in asked.studies}
    sound = {id_: each for id_, each in built.items() if isinstance(each, Indicator)}
    topics = {id_: StudyTopic(name, timeframe, key_of(each)) for id_, each in sound.items()}
    # Numbers first: what is published while we read comes again rather than not at all.
    answer: dict[str, Any] = {"epoch": hub.epoch, "numbers": hub.numbers(topics.values())}
    warmup = max((each.warmup(timeframe) for each in sound.values()), default=0)
    since = datetime.fromtimestamp(asked.since, UTC)
    frame = _until(await charts.frame(name, timeframe, since, warmup), asked.until)
    values = await charts.values(frame, list(sound.values()), to_datetime64(since))
    columns = dict(zip(sound, values.columns, strict=True))
    studies = [
        _study(id_, each, topics[id_], columns[id_])
        if isinstance(each, Indicator)
        else {"id": id_, "field": each.field, "problem": each.problem}
        for id_, each in built.items()
    ]
    return {**answer, "time": unix_times(values.open_time), "studies": studies}


def _check_size(asked: ValuesRequest, timeframe: Timeframe, now: datetime) -> None:
    candles = ((asked.until or now.timestamp()) - asked.since) / timeframe.seconds
    if not 0 <= candles <= MAX_CANDLES:
        raise InvalidValue(f"{candles:.0f} candles; a chart shows 0 to {MAX_CANDLES:,}")
    if len(asked.studies) > MAX_STUDIES:
        raise InvalidValue(f"{len(asked.studies)} studies; at most {MAX_STUDIES} are drawn")


def _until(frame: CandleFrame, until: int | None) -> CandleFrame:
    if until is None:
        return frame
    end = np.datetime64(until, "s")
    return frame.take(slice(None, int(np.searchsorted(frame.open_time, end))))


def _study(
    id_: str, indicator: Indicator, topic: StudyTopic, columns: tuple[Column, ...]
) -> dict[str, Any]:
    return {
        "id": id_,
        "topic": str(topic),
        "label": indicator.label,
        "columns": [cells(column) for column in columns],
    }


def _build(study: WantedStudy) -> Indicator | ConfigError:
    try:
        return indicator_of(Study(indicator=study.indicator, parameters=study.parameters))
    except ConfigError as error:
        return error
