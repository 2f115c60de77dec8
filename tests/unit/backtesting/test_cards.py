"""Every metric has a formula card, and the documentation contains all of them."""

from pathlib import Path

import pytest

from backtesting.metrics import METRICS, OVERFITTING_CARD, PEERS, MetricCard
from backtesting.metrics.golden import NORMATIVE

DOCUMENT = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()
CARDS = [*(metric.card for metric in METRICS.values()), OVERFITTING_CARD]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_describes_its_metric_as_the_documentation_does(card: MetricCard) -> None:
    assert all([card.title, card.formula, card.requires, card.source, card.notes])
    row = (
        f"| {card.title} | `{card.name}` | {card.unit} | {card.formula}. {card.notes} "
        f"| {card.source} | {card.requires} |"
    )
    assert row in DOCUMENT


def test_titles_are_distinguished() -> None:
    assert len({card.title for card in CARDS}) == len(CARDS)


def test_the_documentation_shows_peers_and_golden_values() -> None:
    for peer in PEERS:
        assert f"| `{peer.metric}` | {peer.platform} | {peer.deviation} |" in DOCUMENT
    for name, (value, _) in NORMATIVE.items():
        assert f"| `{name}` | {value} |" in DOCUMENT
