"""Create the collector of an exchange."""

from collections.abc import Mapping
from types import MappingProxyType

from data.collectors.base import BaseDataCollector
from data.collectors.config import CollectorConfig, Endpoint
from data.collectors.okx.collector import OkxCollector
from data.collectors.store import CollectorStore
from utils.clock import Clock
from utils.errors import ConfigError

# The simulator uses OKX's protocol; its name keeps simulated rows apart from real ones.
COLLECTORS: Mapping[str, type[BaseDataCollector]] = MappingProxyType(
    {"okx": OkxCollector, "simulated": OkxCollector}
)


def require_known_exchange(config: CollectorConfig) -> None:
    """Raise ConfigError if there is no collector for the exchange of `config`."""
    if config.exchange not in COLLECTORS:
        raise ConfigError(
            f"collector {config.name}",
            field="exchange",
            problem=f"must be one of {', '.join(COLLECTORS)}, was {config.exchange!r}",
        )


def create_collector(
    config: CollectorConfig, endpoint: Endpoint, store: CollectorStore, clock: Clock
) -> BaseDataCollector:
    """Build the collector for the exchange of `config`. Raises ConfigError if there is none."""
    require_known_exchange(config)
    return COLLECTORS[config.exchange](config, endpoint, store, clock)
