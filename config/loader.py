"""Load JSON files into frozen models; errors name the file, field, value and allowed values."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from utils.errors import ConfigError
from utils.readers import read_text
from utils.validation_errors import config_error

M = TypeVar("M", bound=BaseModel)


def load_model(path: Path, model: type[M]) -> M:
    """Read one JSON file into `model`. Raises ConfigError."""
    text = read_text(path)
    try:
        return model.model_validate_json(text, strict=False)
    except ValidationError as error:
        raise config_error(str(path), error) from None


def load_models(folder: Path, model: type[M]) -> list[M]:
    """Read every `*.json` of a folder, by file name. Raises ConfigError, also if there is none."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ConfigError(str(folder), problem="contains no .json file")
    return [load_model(path, model) for path in paths]
