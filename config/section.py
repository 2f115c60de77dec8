"""The base class of all settings sections."""

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from utils.bounds import check_plain


def split_list(value: object) -> object:
    """Split `a,b` into a list."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


class Section(BaseSettings):
    """Base of all sections: frozen, read from the environment, empty means not set.

    Texts that no store can hold are refused in every field.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        validate_default=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _check_plain(cls, values: object) -> object:
        check_plain(values)
        return values
