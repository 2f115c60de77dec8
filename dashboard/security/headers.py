"""The headers of every answer."""

from collections.abc import Iterable


def content_security_policy(script_hashes: Iterable[str]) -> str:
    """Return the policy: nothing from anywhere else; inline scripts only by their hash.

    Mantine writes inline styles, so styles cannot be restricted further.
    """
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def security_headers(policy: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that go on every answer.

    The referrer policy is same-origin, not none: with none, browsers send `Origin: null` on forms.
    """
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    ]
