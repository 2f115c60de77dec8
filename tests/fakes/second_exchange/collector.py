"""The collector for Tiny."""

from collections.abc import Sequence
from functools import partial

from data.collectors.base import BaseDataCollector
from data.collectors.config import Endpoint, FeedRules, RestRules
from data.collectors.feed.feed import ExchangeFeed, FeedListener
from data.collectors.feed.socket_feed import SocketFeed
from data.collectors.rest import ExchangeRest
from data.market.instrument import InstrumentId
from tests.fakes.second_exchange.messages import TinyProtocol
from tests.fakes.second_exchange.rest import TinyRest
from utils.clock import Clock


class TinyCollector(BaseDataCollector):
    """Deals of some markets over one socket."""

    default_endpoint = Endpoint(rest_url="https://tiny.example", ws_url="wss://tiny.example")
    channels = ("deals",)
    # Documented: one market a request, and a ping every second.
    default_feed = FeedRules(args_per_request=1, heartbeat_s=2.0)

    @classmethod
    def open_rest(
        cls, exchange: str, endpoint: Endpoint, rules: RestRules, clock: Clock
    ) -> ExchangeRest:
        return TinyRest(exchange, endpoint, rules, clock)

    def open_feed(
        self, instruments: Sequence[InstrumentId], listener: FeedListener
    ) -> ExchangeFeed:
        protocol = partial(TinyProtocol, self.config.exchange)
        return SocketFeed(protocol, instruments, self.config, self.endpoint, listener, self.clock)
