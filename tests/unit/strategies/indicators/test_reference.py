"""The documentation of the indicators equals the catalog's reference."""

from pathlib import Path

from strategies.indicators.reference import reference

PAGE = Path(__file__).parents[4] / "docs" / "indicators.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run: uv run truetape maintenance reference"
    )
