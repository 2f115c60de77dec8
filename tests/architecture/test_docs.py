"""Docs are complete: what a user can set, receive or run is described in them."""

import json
import re
from pathlib import Path

import pytest

import bot_manager.domain.topics
import data.status
import data.topics
import strategies.topics
import utils.alerts.topics
from config import load_models, variable_names
from dashboard.http_api.routes import ApiRoute
from dashboard.rest.paths import API_PREFIX
from dashboard.server import API_ROUTERS
from data.collectors.factory import EXCHANGES
from utils.alerts import AlertRules
from utils.messaging import Topic

ROOT = Path(__file__).parents[2]
TOPICS = sorted(
    value.name
    for module in (
        data.topics,
        data.status,
        strategies.topics,
        bot_manager.domain.topics,
        utils.alerts.topics,
    )
    for value in vars(module).values()
    if isinstance(value, Topic)
)
ALERTS = sorted(
    rule.name
    for rule_file in load_models(ROOT / "config" / "alerts", AlertRules)
    for rule in rule_file.rules
)


@pytest.mark.parametrize("name", TOPICS)
def test_every_topic_is_in_the_architecture(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "architecture.md").read_text()


@pytest.mark.parametrize("name", variable_names(EXCHANGES))
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


def named_routes(text: str) -> set[str]:
    """Return the paths of the API that a text names; `{a,b}` stands for two paths."""
    found = re.findall(rf"{API_PREFIX}/(?:[\w./-]|\{{[\w,-]+\}})+", text)
    return {path for each in found for path in expanded(each.rstrip("."))}


def expanded(path: str) -> list[str]:
    head, brace, rest = path.partition("{")
    names, _, tail = rest.partition("}")
    return [f"{head}{name}{tail}" for name in names.split(",")] if brace else [path]


def test_a_text_names_routes() -> None:
    text = f"`POST {API_PREFIX}/a/{{b,c-d}}`, {API_PREFIX}/e.csv?f=1, {API_PREFIX}/g."
    assert named_routes(text) == {f"{API_PREFIX}/{path}" for path in ("a/b", "a/c-d", "e.csv", "g")}


def test_every_route_that_docs_name_exists() -> None:
    every_route = [route for router in API_ROUTERS for route in router.routes]
    routes = {route.path for route in every_route if isinstance(route, ApiRoute)}
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    unknown = {
        f"{document.relative_to(ROOT)}: {path}"
        for document in documents
        for path in named_routes(document.read_text()) - routes
    }
    assert sorted(unknown) == []


@pytest.mark.parametrize("rule", ALERTS)
def test_every_alert_has_its_heading_with_cause_and_remedy(rule: str) -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    _, heading, rest = operations.partition(f"# {rule}\n")
    assert heading, f"docs/operations.md has no heading {rule}"
    entry = rest.partition("\n#")[0]
    assert len(entry.split()) >= 10
    assert ("**Cause.** " in entry) == ("**Remedy.** " in entry)


def test_no_heading_is_of_an_alert_that_is_gone() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"^#### (\S+)$", operations, re.MULTILINE)) <= set(ALERTS)


def test_the_grafana_dashboard_shows_metrics_that_there_are() -> None:
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text())
    expressions = [t["expr"] for panel in dashboard["panels"] for t in panel.get("targets", [])]
    assert len(expressions) >= 10
    assert all("truetape_" in expression for expression in expressions)


def test_each_decision_has_a_number_of_its_own_which_its_title_repeats() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("0*.md"))
    numbers = [path.name[:4] for path in files]
    assert sorted(set(numbers)) == numbers, "renumber the one that came later"
    titles = [path.read_text().removeprefix("# ")[:4] for path in files]
    assert titles == numbers


def test_links_between_the_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []
