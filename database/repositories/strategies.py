"""Strategy files and their verification results, in PostgreSQL."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data.errors import RepositoryError
from database.engine import Database
from database.models import StrategyFileRow, StrategyVerificationRow
from strategies.ports import StrategyRepository
from strategies.strategy_files import StrategyFile, StrategyVerificationResult
from utils.codec import CodecError, decode, encode

_RESULT_KEY = ("strategy", "version", "parameters")


class SqlStrategyRepository(StrategyRepository):
    """The tables `strategy_file`, in serialized form, and `strategy_verification`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_files(self, files: Sequence[StrategyFile]) -> None:
        values = [{"path": file.path, "file": encode(file).decode()} for file in files]
        with self._database.session(f"saving {len(files)} files of strategies") as session:
            session.execute(delete(StrategyFileRow))
            if values:
                session.execute(insert(StrategyFileRow), values)

    def files(self) -> list[StrategyFile]:
        with self._database.session("reading the files of strategies") as session:
            return sorted(_files(session), key=lambda file: (not file.built_in, file.path))

    def save_verification_result(self, verification_result: StrategyVerificationResult) -> None:
        values = msgspec.structs.asdict(verification_result)
        report = encode(verification_result.report).decode()
        statement = insert(StrategyVerificationRow).values(values | {"report": report})
        changed = {name: statement.excluded[name] for name in ("verified_at", "passed", "report")}
        statement = statement.on_conflict_do_update(index_elements=_RESULT_KEY, set_=changed)
        with self._database.session(
            f"saving the verification of {verification_result.strategy}"
        ) as session:
            session.execute(statement)

    def verification_result(
        self, strategy: str, version: str, parameters: str
    ) -> StrategyVerificationResult | None:
        with self._database.session(f"reading the verification of {strategy}") as session:
            row = session.get(StrategyVerificationRow, (strategy, version, parameters))
            return None if row is None else _verification_result(row)

    def verification_results(self) -> list[StrategyVerificationResult]:
        with self._database.session("reading verifications") as session:
            there = {(f.name, file.version) for file in _files(session) for f in file.strategies}
            verification_results = [
                _verification_result(row)
                for row in session.scalars(select(StrategyVerificationRow))
            ]
        current = [
            verification_result
            for verification_result in verification_results
            if (verification_result.strategy, verification_result.version) in there
        ]
        return sorted(
            current,
            key=lambda verification_result: (
                verification_result.strategy,
                verification_result.parameters,
            ),
        )


def _files(session: Session) -> list[StrategyFile]:
    rows = session.scalars(select(StrategyFileRow.file)).all()
    try:
        return [decode(StrategyFile, row) for row in rows]
    except CodecError as error:
        raise RepositoryError("reading the files of strategies: of another version") from error


def _verification_result(row: StrategyVerificationRow) -> StrategyVerificationResult:
    return StrategyVerificationResult(
        strategy=row.strategy,
        version=row.version,
        parameters=row.parameters,
        passed=row.passed,
        report=decode(tuple[str, ...], row.report),
        verified_at=row.verified_at,
    )
