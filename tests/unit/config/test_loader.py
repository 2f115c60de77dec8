"""JSON files are validated when they are read; the message names file, field, value and rule."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from config import load_model, load_models
from utils.errors import ConfigError


class Example(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    boxes: int = Field(ge=0, le=100)


def write(folder: Path, text: str, name: str = "shelf.json") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_becomes_a_model(tmp_path: Path) -> None:
    path = write(tmp_path, '{"name": "north", "boxes": 3}')
    assert load_model(path, Example) == Example(name="north", boxes=3)


def test_a_folder_is_read_by_file_name(tmp_path: Path) -> None:
    write(tmp_path, '{"name": "b", "boxes": 1}', "2.json")
    write(tmp_path, '{"name": "a", "boxes": 1}', "1.json")
    assert [example.name for example in load_models(tmp_path, Example)] == ["a", "b"]


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"contains no \.json file"):
        load_models(tmp_path, Example)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"name": "n", "boxes": 101}',
            "boxes: must be at most 100, was 101",
        ),
        ('{"name": "n"}', "boxes: is required"),
        ('{"name": "n", "boxes": 1, "pages": 2}', "pages: is not a known field"),
        ("{", "is not valid JSON"),
    ],
)
def test_a_wrong_file_is_named_with_field_value_and_rule(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_model(path, Example)
    assert str(path) in str(caught.value)
    assert expected in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_model(tmp_path / "absent.json", Example)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path, " " * 1_000_001)
    with pytest.raises(ConfigError, match="larger than 1,000,000 bytes"):
        load_model(path, Example)
