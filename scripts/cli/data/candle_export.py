"""The export of candles, and its report."""

from datetime import datetime
from pathlib import Path

import msgspec

from data import InstrumentId, Timeframe, TimeSpan
from data.exports import ReadCandles, open_sink, pages
from scripts.cli.progress import bar


class ExportReport(msgspec.Struct, kw_only=True):
    """The written file and its candles."""

    file: str
    instrument: str
    timeframe: Timeframe
    candles: int
    first_time: datetime | None = None
    last_time: datetime | None = None


def export_candles(
    read: ReadCandles, file: Path, instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan
) -> ExportReport:
    """Write the candles of a span into a file, complete or not at all. Raises OSError."""
    report = ExportReport(
        file=str(file), instrument=str(instrument), timeframe=timeframe, candles=0
    )
    length = span.end - span.start
    with open_sink(file) as sink, bar("Writing candles") as watch:
        for part, candles in pages(read, instrument, timeframe, span):
            sink.write(candles)
            report.candles += len(candles)
            if candles:
                report.first_time = report.first_time or candles[0].open_time
                report.last_time = candles[-1].open_time
            watch((part.end - span.start) / length)
    return report
