"""What all sections of the settings share."""

from pydantic_settings import BaseSettings, SettingsConfigDict


def words(value: object) -> object:
    """Read `a,b` as a list."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


class Section(BaseSettings):
    """What all sections share: frozen, from the environment, empty means not set."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )
