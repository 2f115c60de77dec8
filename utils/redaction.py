"""Replace secrets with `***` in everything that is shown or written."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"

# scheme://user:password@ up to the last @ before a blank or quote, so that a password which is not
# percent-encoded is replaced too; host:port/ and host:port? are not passwords.
_USER_INFO = re.compile(r"(?<![\w+.-])([a-zA-Z][\w+.-]*://[^\s:/?#@]*):(?!\d+[/?#])[^\s\"'<>]*@")
_PARAMETER = re.compile(
    r"(?i)\b(password|passwd|pwd|passphrase|sslpassword|secret|token|api_?key)=[^\s&#,;\"'<>]+"
)
_SECRET_KEY = re.compile(r"(?i)password|passwd|passphrase|secret|token|api_?key")
# Shorter secrets are replaced as whole words only: `tt` must not match inside `http`.
_SHORT = 6


def redact_urls(text: str) -> str:
    """Replace passwords inside URLs, and parameters such as `password=..`."""
    return _PARAMETER.sub(rf"\1={MASK}", _USER_INFO.sub(rf"\1:{MASK}@", text))


class Redactor:
    """Replaces known secrets, passwords in URLs, and values whose keys mark them as secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(_pattern, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return redact_urls(text) if "=" in text or "://" in text else text

    def value(self, value: Any) -> Any:
        """Return the value in plain JSON types, without secrets; other types become text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._item(key, item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item) for item in value]
        return self.text(str(value))

    def _item(self, key: object, item: Any) -> Any:
        return MASK if _SECRET_KEY.search(str(key)) else self.value(item)


def _forms(secret: str) -> set[str]:
    """Return the forms of a secret: plain, percent-encoded, and escaped by JSON or repr."""
    encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], *encoded}


def _pattern(form: str) -> str:
    return re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
