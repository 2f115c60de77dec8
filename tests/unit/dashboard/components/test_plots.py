"""A plot keeps its zoom while it shows the same."""

from dashboard.components.plots import figures, figures_of, plot
from dashboard.figures.style import empty_figure


def test_the_zoom_is_kept_for_the_same_view_of_the_same_choice() -> None:
    first = figures("range=7d", by_hour=empty_figure(100), by_day=empty_figure(100))
    again = figures("range=7d", by_hour=empty_figure(100), by_day=empty_figure(100))
    other = figures("range=1d", by_hour=empty_figure(100), by_day=empty_figure(100))
    revisions = {
        name: [each[name]["layout"]["uirevision"] for each in (first, again, other)]
        for name in ("by_hour", "by_day")
    }
    assert revisions["by_hour"][0] == revisions["by_hour"][1] != revisions["by_hour"][2]
    assert revisions["by_hour"][0] != revisions["by_day"][0]


def test_a_plot_is_as_high_before_its_values_are_known() -> None:
    found = plot("growth", 320)
    store, graph = found.children
    assert store.id == figures_of("growth")
    assert graph.figure["layout"]["height"] == graph.style["minHeight"] == 320
