"""Supervised processes and their supervisor."""

from utils.supervision.child import ProcessSpec, always_ready, launch_piped
from utils.supervision.limits import (
    SINGLE_THREADED,
    CpuMeter,
    CpuUsage,
    LimitedWork,
    ProcessCpuMeter,
    WorkLimits,
    WorkState,
)
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
    "SINGLE_THREADED",
    "CpuMeter",
    "CpuUsage",
    "LimitedWork",
    "OnChange",
    "ProcessCpuMeter",
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
    "WorkLimits",
    "WorkState",
    "always_ready",
    "launch_piped",
]
