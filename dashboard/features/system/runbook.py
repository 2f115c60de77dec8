"""The section of the docs on an alert: the paragraphs below its heading."""

import re
from pathlib import Path

import msgspec

from utils.errors import NotFound

_HEADING = re.compile(r"^#+ (.+)$")
_TITLE = re.compile(r"^\*\*([^*]+?)\.?\*\* *")


class Paragraph(msgspec.Struct, frozen=True, kw_only=True):
    """Plain text, with a title such as `Cause`, or an empty one."""

    title: str
    text: str


class Runbook:
    """Reads `docs/operations.md`, or another file in its place."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entry(self, heading: str) -> list[Paragraph]:
        """Return the paragraphs below a heading. Raises NotFound if there are none."""
        try:
            document = self._path.read_text("utf-8")
        except OSError as error:
            raise NotFound(f"{self._path.name} is not installed: see the documentation") from error
        found = paragraphs_of(document, heading)
        if not found:
            raise NotFound(f"{self._path.name} has no heading {heading[:80]!r}")
        return found


def paragraphs_of(document: str, heading: str) -> list[Paragraph]:
    """Return the paragraphs from a heading to the next."""
    lines: list[str] = []
    inside = False
    for line in document.splitlines():
        if (match := _HEADING.match(line)) is not None:
            inside = match[1] == heading
        elif inside:
            lines.append(line)
    texts = " ".join(line.strip() or "\n" for line in lines).split("\n")
    return [_paragraph(text.strip()) for text in texts if text.strip()]


def _paragraph(text: str) -> Paragraph:
    title = _TITLE.match(text)
    body = text[title.end() :] if title else text
    return Paragraph(title=title[1] if title else "", text=body.replace("`", ""))
