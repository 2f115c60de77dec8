"""The app as a whole: errors that Dash would only report at run time."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from dash import Dash
from dash.development.base_component import Component

from dashboard import ids
from dashboard.app import ASSETS, create_app
from dashboard.browser_modules import FOLDER
from dashboard.features.registry import PAGES, page_at
from dashboard.live.hub import LiveHub
from dashboard.shell import Site, shell_layout
from tests.dashboard_world import World
from tests.fakes.bus import InMemoryAsyncBus
from utils.clock import SystemClock

SCRIPTS = sorted(FOLDER.rglob("*.js"))


@pytest.fixture(scope="module")
def app() -> Dash:
    world = World()
    services = world.services()
    hub = LiveHub(InMemoryAsyncBus(world.bus), services, SystemClock())
    return create_app(services, hub, Site(simulated=True))


def ids_in(layout: Component) -> list[str]:
    found = [layout, *(layout._traverse())]
    return [each.id for each in found if isinstance(each, Component) and hasattr(each, "id")]


def named_ids() -> set[str]:
    return {value for name, value in vars(ids).items() if name.isupper()}


def test_every_callback_of_the_server_is_async(app: Dash) -> None:
    callbacks = [entry["callback"] for entry in app.callback_map.values() if "callback" in entry]
    assert len(callbacks) >= 4
    assert all(inspect.iscoroutinefunction(inspect.unwrap(callback)) for callback in callbacks)


def test_every_callback_listens_to_components_that_exist(app: Dash) -> None:
    there = set(ids_in(app.validation_layout))  # type: ignore[arg-type]
    for callback in app._callback_list:
        assert {link["id"] for link in [*callback["inputs"], *callback["state"]]} <= there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_ids_are_unique_on_every_page(page) -> None:  # type: ignore[no-untyped-def]
    found = ids_in(shell_layout(Site())) + ids_in(page.layout())
    assert [name for name, times in Counter(found).items() if times > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_page_has_an_icon(page) -> None:  # type: ignore[no-untyped-def]
    icon = f"icons/{page.icon}.svg"
    assert (ASSETS / icon).exists()
    styles = (ASSETS / "shell.css").read_text()
    assert f'.icon-{page.icon} {{ --icon: url("/assets/{icon}"); }}' in styles


def test_every_page_is_found_by_its_path() -> None:
    assert [page_at(page.path) for page in PAGES] == list(PAGES)
    assert page_at("/nowhere") is None


def quoted(path: Path) -> Iterator[str]:
    text = path.read_text()
    yield from re.findall(r"(?:\belement|requireElement)\(\"([\w-]+)\"\)", text)
    yield from re.findall(r"setProps\(\"([\w-]+)\"", text)
    yield from re.findall(r"getElementById\(\"([\w-]+)\"\)", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_name_only_ids_that_exist(script: Path) -> None:
    known = named_ids() | {ids.chart(name) for name in ("lightweight", "plotly")}
    assert set(quoted(script)) <= known


@pytest.mark.parametrize(
    "asset", [*SCRIPTS, *sorted(ASSETS.rglob("*.*"))], ids=lambda path: path.name
)
def test_assets_request_nothing_from_other_hosts(asset: Path) -> None:
    text = asset.read_text().replace("http://www.w3.org/2000/svg", "")
    # The licence of a file that is not ours names where it is from.
    text = re.sub(r"/\*!.*?\*/", "", text, flags=re.DOTALL)
    assert re.findall(r"https?://[a-z]", text) == []


def test_the_title_has_simulated() -> None:
    assert Site(simulated=True).title == "SIMULATED · Truetape"
    assert Site().title == "Truetape"
