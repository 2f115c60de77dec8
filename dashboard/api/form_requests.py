"""The body of a request with a form, and the status of its errors."""

from dashboard.rest.request_values import Body

UNPROCESSABLE = 422
"""The status of a response to a form that cannot be run."""


class Form(Body, frozen=True, kw_only=True):
    """A filled-in form: texts by the dotted names of fields."""

    values: dict[str, str]
