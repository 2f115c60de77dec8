"""PostgreSQL and Valkey from their wheels, for a machine without these servers.

The wheels only carry the programs; this package starts, monitors and stops them. Both servers are
services for a `Supervisor`, run in a data directory that one process owns at a time.
"""

from database.embedded.cluster import has_cluster
from database.embedded.errors import (
    AlreadyRunning,
    DataDirUnusable,
    EmbeddedError,
    ServersNotInstalled,
    UnsupportedPlatform,
)
from database.embedded.home import ServerHome, server_home
from database.embedded.info import InstanceInfo, read_info
from database.embedded.instance import Instance, own
from database.embedded.postgres import PostgresServer
from database.embedded.servers import EmbeddedServers, embedded_servers
from database.embedded.valkey import ValkeyServer

__all__ = [
    "AlreadyRunning",
    "DataDirUnusable",
    "EmbeddedError",
    "EmbeddedServers",
    "Instance",
    "InstanceInfo",
    "PostgresServer",
    "ServerHome",
    "ServersNotInstalled",
    "UnsupportedPlatform",
    "ValkeyServer",
    "embedded_servers",
    "has_cluster",
    "own",
    "read_info",
    "server_home",
]
