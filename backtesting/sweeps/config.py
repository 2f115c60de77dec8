"""Configuration of a sweep: a backtest, what varies, and how it is searched."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from backtesting.config import BacktestConfig
from backtesting.search.kinds import SearchKind
from backtesting.sweeps.objective import Objective
from bot_manager.domain.account_config import AccountPart
from strategies.parameters import build_model
from utils.bounds import Line
from utils.errors import ConfigError


class SweepConfig(AccountPart):
    """One sweep. `vary` has specs like `fast=5..50:5`; other parameters are the backtest's."""

    backtest: BacktestConfig
    vary: Annotated[list[Line], Field(min_length=1, max_length=100)]
    search: SearchKind = Field(
        default=SearchKind.GRID, description="All combinations, random ones, or proposed by a model"
    )
    objective: str = Field(default="sharpe", description="The metric to maximise or minimise")
    trials: int = Field(default=200, ge=1, le=1_000_000, description="For random and tpe")
    seed: int = Field(
        default=1,
        ge=0,
        le=2**32 - 1,
        description="For random and tpe: equal seeds give equal searches",
    )

    @field_validator("objective")
    @classmethod
    def _can_be_searched_for(cls, value: str) -> str:
        try:
            return Objective(value).metric
        except ConfigError as error:
            raise ValueError(error.problem) from error


def read_sweep(values: dict[str, Any]) -> SweepConfig:
    """Validate a sweep. Raises ConfigError, naming field, value and bound."""
    return build_model(SweepConfig, values, source="sweep")
