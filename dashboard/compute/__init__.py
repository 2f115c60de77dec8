"""Computation and user code for pages, outside of the process that serves them."""

from dashboard.compute.ports import Computing, ComputingFailed, ComputingUnavailable
from dashboard.compute.worker import Worker

__all__ = ["Computing", "ComputingFailed", "ComputingUnavailable", "Worker"]
