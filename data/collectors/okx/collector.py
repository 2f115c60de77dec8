"""The collector for OKX and exchanges with its protocol, such as the simulator."""

from collections.abc import Sequence
from functools import partial

from data.collectors.base import BaseDataCollector
from data.collectors.connection import Dialer
from data.collectors.feed import ExchangeFeed, FeedListener
from data.collectors.okx.feed import OkxFeed, Shard
from data.collectors.okx.messages import MessageReader, StreamArg
from data.collectors.okx.rest import OkxRest
from data.collectors.okx.session import OkxSession
from data.collectors.okx.subscriptions import shards
from data.collectors.rest import ExchangeRest
from data.market.instrument import InstrumentId

_PATHS = {"trades-all": "/ws/v5/business", "trades": "/ws/v5/public"}


class OkxCollector(BaseDataCollector):
    """Trades of one channel, spread over as few sockets as the limits allow."""

    def open_rest(self) -> ExchangeRest:
        return OkxRest(self.config.exchange, self.endpoint, self.config.rest, self.clock)

    def open_feed(
        self, instruments: Sequence[InstrumentId], listener: FeedListener
    ) -> ExchangeFeed:
        config = self.config
        dialer = Dialer(config.feed, direct=self.endpoint.is_local)
        symbols = [instrument.symbol for instrument in instruments]
        groups = shards(symbols, config.feed) * config.connections
        opened = [
            Shard(
                partial(self._open_session, group, listener),
                dialer,
                listener,
                config.feed,
                self.clock,
            )
            for group in groups
        ]
        return OkxFeed(opened, config.channel)

    def _open_session(self, symbols: Sequence[str], listener: FeedListener) -> OkxSession:
        config = self.config
        names = {
            StreamArg(config.channel, symbol): InstrumentId(config.exchange, symbol)
            for symbol in symbols
        }
        return OkxSession(
            self.endpoint.ws_url + _PATHS[config.channel],
            names,
            MessageReader(config.exchange),
            listener,
            config.feed,
            self.clock,
        )
