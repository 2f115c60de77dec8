"""Filled-in forms as they arrive."""

from dashboard.request_values import Body

UNPROCESSABLE = 422
"""The status of a form that was sent and cannot be run."""


class Form(Body, frozen=True, kw_only=True):
    """A filled-in form: texts by the dotted names of fields."""

    values: dict[str, str]
