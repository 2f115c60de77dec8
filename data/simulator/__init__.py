"""A local exchange with the OKX v5 public protocol, scripted faults and an oracle."""

from data.simulator.config import Limits, SimulatorConfig
from data.simulator.faults.registry import load_faults, parse_faults
from data.simulator.server import Simulator

__all__ = ["Limits", "Simulator", "SimulatorConfig", "load_faults", "parse_faults"]
