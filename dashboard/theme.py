"""The look of Mantine's components. Colours of both schemes are CSS tokens: `assets/tokens.css`."""

from typing import Any

MANTINE: dict[str, Any] = {
    "primaryColor": "teal",
    "fontFamily": "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif",
    "fontFamilyMonospace": "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
    "defaultRadius": "sm",
    "cursorType": "pointer",
}

# Follow the operating system until a scheme is chosen with the button of the header.
DEFAULT_SCHEME = "auto"
