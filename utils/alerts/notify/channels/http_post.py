"""POST JSON over HTTP. Addresses are secrets here: no error repeats one."""

from collections.abc import Mapping
from http import HTTPStatus

import httpx

from utils.alerts.errors import ChannelRefused, ChannelUnavailable

TIMEOUT_S = 10.0
# Statuses that may succeed when retried.
_TRANSIENT_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


def post_json(channel: str, url: str, message: Mapping[str, object]) -> None:
    """Post a message. Raises ChannelUnavailable and ChannelRefused, naming the channel only."""
    try:
        answer = httpx.post(url, json=message, timeout=TIMEOUT_S, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = type(error).__name__
        raise ChannelUnavailable(f"{channel} cannot be reached: {reason}") from None
    if answer.is_success:
        return
    problem = f"{channel} returned HTTP {answer.status_code}"
    if (
        answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        or answer.status_code in _TRANSIENT_STATUSES
    ):
        raise ChannelUnavailable(problem)
    raise ChannelRefused(f"{problem}: check its settings")
