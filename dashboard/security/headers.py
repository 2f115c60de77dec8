"""The headers of every response."""

from collections.abc import Iterable


def content_security_policy(script_hashes: Iterable[str]) -> str:
    """Return the policy: own resources only, and inline scripts only by their hash.

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


NO_STORE = "no-store"
_OK = 200
IMMUTABLE = "private, max-age=31536000, immutable"


def cache_control(path: str, query: bytes, status: int, given: str | None) -> str:
    """Return how a response may be cached: assets whose URL holds their version, and nothing else.

    Dash puts the version of components into their path, and makes browsers cache them (`given`);
    the version of our assets is the time of the file in `m=`; the path of a browser module holds
    the digest of all of them.
    """
    if status != _OK:
        return NO_STORE
    if path.startswith("/_dash-component-suites/") and given and "max-age=31536000" in given:
        return IMMUTABLE
    if path.startswith("/web/") or (path.startswith("/assets/") and query.startswith(b"m=")):
        return IMMUTABLE
    return NO_STORE


def security_headers(policy: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that go on every response.

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
