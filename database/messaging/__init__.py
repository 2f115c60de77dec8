"""Redis behind the bus ports, synchronous and asynchronous."""
