"""docs/reference/api.md is what the routes and their models are."""

from pathlib import Path

from dashboard.http_api.openapi import openapi_document
from dashboard.http_api.reference import markdown_reference
from dashboard.server import API_ROUTERS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


def test_the_reference_of_the_api_is_made_of_its_routes() -> None:
    document = openapi_document(route for router in API_ROUTERS for route in router.routes)
    page = PAGE.read_text(encoding="utf-8")
    assert page == markdown_reference(document), "run: uv run truetape maintenance reference"
