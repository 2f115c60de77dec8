"""Docs are complete: what a user can set, hear or run has its place in them."""

import re
from pathlib import Path

import pytest

import bot_manager.topics
import data.status
import data.topics
import strategies.topics
import utils.alerts.topics
from config import variable_names
from utils.messaging import Topic

ROOT = Path(__file__).parents[2]
TOPICS = sorted(
    value.name
    for module in (
        data.topics,
        data.status,
        strategies.topics,
        bot_manager.topics,
        utils.alerts.topics,
    )
    for value in vars(module).values()
    if isinstance(value, Topic)
)


@pytest.mark.parametrize("name", TOPICS)
def test_every_topic_is_in_the_architecture(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "architecture.md").read_text()


@pytest.mark.parametrize("name", variable_names())
def test_every_setting_is_in_operations(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_every_link_of_the_docs_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_link_and_picture_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", (ROOT / "README.md").read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_script_that_docs_name_exists() -> None:
    texts = [path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]]
    named = {name for text in texts for name in re.findall(r"scripts/\w+\.py", text)}
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
