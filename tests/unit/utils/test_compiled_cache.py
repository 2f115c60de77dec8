"""Compiled code is kept in a folder that names what it was made from."""

import subprocess
import sys
from pathlib import Path

from utils.compiled_cache import sources_digest


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_edited_kernel_changes_the_folder(tmp_path: Path) -> None:
    kernels = tmp_path / "strategies" / "kernels"
    kernels.mkdir(parents=True)
    (kernels / "a.py").write_text("from utils.compiled import compiled\nx = 1\n")
    (kernels / "plain.py").write_text("x = 1\n")
    before = sources_digest(tmp_path)
    (kernels / "plain.py").write_text("x = 2\n")
    assert sources_digest(tmp_path) == before
    (kernels / "a.py").write_text("from utils.compiled import compiled\nx = 2\n")
    assert sources_digest(tmp_path) != before


def test_the_root_chooses_before_anything_is_compiled(tmp_path: Path) -> None:
    printed = python(
        "from pathlib import Path; from utils.compiled_cache import use_compiled_cache;"
        f"cache = use_compiled_cache(Path({str(tmp_path)!r}));"
        "import utils.compiled, numba; print(numba.config.CACHE_DIR == str(cache.folder))"
    )
    assert printed == "True"
    assert [path.name for path in tmp_path.iterdir()] == [sources_digest()]


def test_choosing_too_late_is_refused(tmp_path: Path) -> None:
    printed = python(
        "from pathlib import Path; import numba; from utils import compiled_cache\n"
        "try:\n"
        f"    compiled_cache.use_compiled_cache(Path({str(tmp_path)!r}))\n"
        "except RuntimeError as error:\n"
        "    print(error)"
    )
    assert "before numba is imported" in printed


def test_a_folder_that_cannot_be_written_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    printed = python(
        "from pathlib import Path; from utils.compiled_cache import use_compiled_cache;"
        f"cache = use_compiled_cache(Path({str(tmp_path / 'file')!r}));"
        "print(cache.temporary, cache.folder.is_dir(), oct(cache.folder.stat().st_mode)[-3:])"
    )
    assert printed == "True True 700"
