"""Processes that are kept alive, and a supervisor that does so."""

from utils.supervision.child import ProcessSpec, always_ready, launch_piped
from utils.supervision.ports import (
    ProcessGaveUp,
    ProcessNotReady,
    ProcessState,
    ProcessStatus,
    RestartPolicy,
    RunningProcess,
    Service,
    StopRequested,
)
from utils.supervision.requests import RestartRequests
from utils.supervision.supervisor import OnChange, Supervisor

__all__ = [
    "OnChange",
    "ProcessGaveUp",
    "ProcessNotReady",
    "ProcessSpec",
    "ProcessState",
    "ProcessStatus",
    "RestartPolicy",
    "RestartRequests",
    "RunningProcess",
    "Service",
    "StopRequested",
    "Supervisor",
    "always_ready",
    "launch_piped",
]
