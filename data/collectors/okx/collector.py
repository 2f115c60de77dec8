"""The collectors for OKX, and for the simulator, which has its protocol."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from data.collectors.base import BaseDataCollector
from data.collectors.config import Endpoint, FeedRules, RestRules
from data.collectors.feed.feed import ExchangeFeed, FeedListener
from data.collectors.okx.messages import TRADE_PATHS, OkxProtocol
from data.collectors.rest import ExchangeRest
from data.market.instrument import InstrumentId
from utils.clock import Clock


class OkxCollector(BaseDataCollector):
    """Trades of one channel, spread over as few sockets as the limits allow."""

    default_endpoint: ClassVar[Endpoint | None] = Endpoint(
        rest_url="https://openapi.okx.com", ws_url="wss://ws.okx.com:8443"
    )
    channels = tuple(TRADE_PATHS)
    # Documented: 3 new connections a second, 480 requests an hour, 64 KB a request, and the end of
    # a socket after 30 s of silence.
    default_feed = FeedRules(
        connects_per_s=2.0,
        heartbeat_s=18.0,
        args_per_connection=100,
        args_per_request=50,
        bytes_per_request=32_000,
        requests_per_hour=420,
    )

    @classmethod
    def open_rest(
        cls, exchange: str, endpoint: Endpoint, rules: RestRules, clock: Clock
    ) -> ExchangeRest:
        # Late, as below: many commands need the name of the exchange, few its clients.
        from data.collectors.okx.rest import OkxRest

        return OkxRest(exchange, endpoint, rules, clock)

    def open_feed(
        self, instruments: Sequence[InstrumentId], listener: FeedListener
    ) -> ExchangeFeed:
        from data.collectors.feed.socket_feed import SocketFeed

        config = self.config
        new_protocol = partial(OkxProtocol, config.exchange, config.channel)
        return SocketFeed(new_protocol, instruments, config, self.endpoint, listener, self.clock)


class SimulatedOkxCollector(OkxCollector):
    """The same towards the simulator, whose port is chosen when it starts."""

    default_endpoint = None
