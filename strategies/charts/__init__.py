"""What a chart shows of indicators: studies, their values, and named layouts of them."""

from strategies.charts.layout import ChartLayout
from strategies.charts.ready_made import READY_MADE
from strategies.charts.study import MAX_STUDIES, Study, indicator_of, key_of, parse_key
from strategies.charts.values import StudyValues, study_values

__all__ = [
    "MAX_STUDIES",
    "READY_MADE",
    "ChartLayout",
    "Study",
    "StudyValues",
    "indicator_of",
    "key_of",
    "parse_key",
    "study_values",
]
