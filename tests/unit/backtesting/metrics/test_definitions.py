"""Every metric has a definition, and the documentation contains all of them."""

from pathlib import Path

import pytest

from backtesting.metrics import METRICS, OVERFITTING, PEERS, MetricDefinition
from backtesting.metrics.golden import NORMATIVE

DOCUMENT = (Path(__file__).parents[4] / "docs" / "metrics.md").read_text()
DEFINITIONS = [*(metric.definition for metric in METRICS.values()), OVERFITTING]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_a_definition_describes_its_metric_as_the_documentation_does(
    definition: MetricDefinition,
) -> None:
    one = definition
    assert all([one.title, one.formula, one.requires, one.source, one.notes])
    row = (
        f"| {one.title} | `{one.name}` | {one.unit} | {one.formula}. {one.notes} "
        f"| {one.source} | {one.requires} |"
    )
    assert row in DOCUMENT


def test_titles_are_distinguished() -> None:
    assert len({definition.title for definition in DEFINITIONS}) == len(DEFINITIONS)


def test_the_documentation_shows_peers_and_golden_values() -> None:
    for peer in PEERS:
        assert f"| `{peer.metric}` | {peer.platform} | {peer.deviation} |" in DOCUMENT
    for name, (value, _) in NORMATIVE.items():
        assert f"| `{name}` | {value} |" in DOCUMENT
