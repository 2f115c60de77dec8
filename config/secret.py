"""Types for secret values: readable in full by their user, shown as `***` elsewhere."""

from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from utils.bounds import MAX_TEXT, check_line
from utils.redaction import MASK, redact_urls


class Secret:
    """A text that is shown as `***`; `reveal` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._text

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate from text, serialize redacted."""
        del source, handler
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def _validate(cls, value: object) -> "Secret":
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and value:
            return cls(check_line(value, max_length=MAX_TEXT))
        raise ValueError("must be a non-empty text")


class SecretUrl(Secret):
    """A URL that is shown without its password."""

    __slots__ = ()

    def __str__(self) -> str:
        return redact_urls(self._text)
