"""The theme of Mantine's components. CSS tokens of both schemes' colours: `assets/tokens.css`."""

from typing import Any

MANTINE: dict[str, Any] = {
    "primaryColor": "teal",
    "fontFamily": "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif",
    "fontFamilyMonospace": "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
    "defaultRadius": "sm",
    "cursorType": "pointer",
}

# Follow the operating system until the user chooses a scheme in the header.
DEFAULT_SCHEME = "auto"
