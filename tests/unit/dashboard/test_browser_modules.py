"""The browser's modules: their digest, their imports, how they are served."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from dashboard.browser_modules import (
    ENTRY,
    FOLDER,
    BrowserModules,
    add_module_route,
    imports_of,
    read_modules,
)
from tests.web import a_client, a_server

MODULES = read_modules()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "web")
    return tmp_path / "web"


def test_the_digest_changes_with_a_byte(folder: Path) -> None:
    assert read_modules(folder).digest == MODULES.digest
    changed = folder / "core/format.js"
    changed.write_bytes(changed.read_bytes() + b"\n")
    assert read_modules(folder).digest != MODULES.digest


def test_the_digest_changes_with_a_name(folder: Path) -> None:
    (folder / "core/format.js").rename(folder / "core/formats.js")
    assert read_modules(folder).digest != MODULES.digest


def test_bytes_that_move_to_the_next_file_change_the_digest(tmp_path: Path) -> None:
    digests = set()
    for first, second in (("ab", "c"), ("a", "bc")):
        (tmp_path / "a.js").write_text(first)
        (tmp_path / "b.js").write_text(second)
        digests.add(read_modules(tmp_path).digest)
    assert len(digests) == 2


def test_the_entry_reaches_every_module_once() -> None:
    preloads = MODULES.preloads()
    assert preloads[0] == MODULES.entry
    assert sorted(preloads) == sorted(MODULES.url(path) for path in MODULES.sources)


def test_every_import_is_found() -> None:
    for path, source in MODULES.sources.items():
        written = re.findall(r"\bfrom \"|^import \"", source.decode(), re.MULTILINE)
        assert len(imports_of(path, MODULES.sources)) == len(written), path


def test_nothing_is_hung_on_window_but_what_dash_calls_by_name() -> None:
    allowed = {"dash_clientside", "dashAgGridFunctions", "dashAgGridComponentFunctions"}
    allowed.add("dashTvlwcFunctions")
    for path, source in MODULES.sources.items():
        hung = set(re.findall(r"window\.(\w+)(?:\[\w+\])? = ", source.decode()))
        assert hung <= allowed, path
        assert not hung or path == "core/clientside.js"


async def test_modules_are_served_as_immutable() -> None:
    async with a_client(a_server()) as client:
        for url in (MODULES.entry, MODULES.url("core/format.js")):
            answer = await client.get(url)
            assert answer.status_code == 200
            assert answer.content == MODULES.sources[url.removeprefix(MODULES.url(""))]
            assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
            assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        f"/web/{'0' * 16}/{ENTRY}",
        f"/web/{ENTRY}",
        "/web/",
        MODULES.url(""),
        MODULES.url("core"),
        MODULES.url("nowhere.js"),
        MODULES.url("../app.py"),
        MODULES.url("%2e%2e/app.py"),
        MODULES.url("..%2fapp.py"),
        MODULES.url("core/..%2f..%2fapp.py"),
        MODULES.url("%2fetc%2fpasswd"),
        MODULES.url("core//format.js"),
    ],
)
async def test_nothing_else_is_served(path: str) -> None:
    async with a_client(a_server()) as client:
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"
        assert "from fastapi" not in answer.text


async def test_a_page_names_the_entry_and_preloads_all_it_imports() -> None:
    async with a_client(a_server()) as client:
        page = (await client.get("/")).text
        assert re.findall(r'<script type="module" src="([^"]+)">', page) == [MODULES.entry]
        assert re.findall(r'<link rel="modulepreload" href="([^"]+)">', page) == MODULES.preloads()
        assert "new DashRenderer" not in page


async def test_modules_of_another_folder_have_routes_of_their_own(folder: Path) -> None:
    (folder / ENTRY).write_text("// another\n")
    other, server = read_modules(folder), FastAPI(openapi_url=None)
    add_module_route(server, other)
    assert isinstance(other, BrowserModules)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(server), base_url="http://localhost"
    ) as client:
        assert (await client.get(other.entry)).text == "// another\n"
        assert (await client.get(MODULES.entry)).status_code == 404
