"""The exchanges of the platform, and the creation of their collectors."""

from collections.abc import Mapping
from types import MappingProxyType

from data.collectors.base import BaseDataCollector
from data.collectors.config import CollectorConfig, Endpoint
from data.collectors.okx.collector import OkxCollector, SimulatedOkxCollector
from data.collectors.store import CollectorStore
from utils.clock import Clock
from utils.errors import ConfigError

Exchanges = Mapping[str, type[BaseDataCollector]]

EXCHANGES: Exchanges = MappingProxyType(
    {
        "okx": OkxCollector,
        # A name of its own keeps simulated rows apart from real ones.
        "simulated": SimulatedOkxCollector,
    }
)
"""The collector class of each exchange, by the name that instruments and settings use."""


def complete_config(config: CollectorConfig, exchanges: Exchanges = EXCHANGES) -> CollectorConfig:
    """Return a configuration with its exchange's defaults for what it leaves out.

    Raises ConfigError for an unknown exchange or channel.
    """
    collector = f"collector {config.name}"
    if config.exchange not in exchanges:
        problem = f"must be one of {', '.join(exchanges)}, was {config.exchange!r}"
        raise ConfigError(collector, field="exchange", problem=problem)
    kind = exchanges[config.exchange]
    channel = config.channel or kind.channels[0]
    if channel not in kind.channels:
        problem = f"must be one of {', '.join(kind.channels)}, was {channel!r}"
        raise ConfigError(collector, field="channel", problem=problem)
    given = {name: getattr(config.feed, name) for name in config.feed.model_fields_set}
    feed = kind.default_feed.model_copy(update=given)
    return config.model_copy(update={"channel": channel, "feed": feed})


def create_collector(
    config: CollectorConfig,
    endpoint: Endpoint,
    store: CollectorStore,
    clock: Clock,
    exchanges: Exchanges = EXCHANGES,
) -> BaseDataCollector:
    """Build the collector for the exchange of `config`. Raises ConfigError."""
    completed = complete_config(config, exchanges)
    return exchanges[config.exchange](completed, endpoint, store, clock)
