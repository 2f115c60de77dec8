"""Errors that the simulated exchange returns to its clients.

Exception
└── RestError     a REST request is refused, with an HTTP status and the exchange's own code
"""


class RestError(Exception):
    """A REST request is refused."""

    def __init__(self, code: str, msg: str, status: int = 200) -> None:
        self.code = code
        self.msg = msg
        self.status = status
        super().__init__(f"{code}: {msg}")
