"""A local exchange that speaks the OKX v5 public protocol, with scripted faults and an oracle."""

from data.simulator.config import Limits, SimulatorConfig
from data.simulator.faults.registry import load_faults, parse_faults
from data.simulator.server import Simulator

__all__ = ["Limits", "Simulator", "SimulatorConfig", "load_faults", "parse_faults"]
