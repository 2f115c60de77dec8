import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.feather import write_feather

from data.imports.tables.formats import open_table
from data.imports.tables.table import Layout, UnreadableFile
from tests.unit.data.imports.files import ignore, write


def rows_of(path: Path, layout: Layout | None = None) -> list[tuple[int, list[str]]]:
    return list(open_table(path, layout or Layout()).rows(ignore))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "gzip-by-content.txt"])
def test_rows_come_with_their_line_numbers(tmp_path: Path, name: str):
    path = write(tmp_path, ["id,price", "1,10", "", "2,20"], name)
    if name.endswith("txt"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert open_table(path, Layout()).header == ["id", "price"]
    assert rows_of(path) == [(2, ["1", "10"]), (4, ["2", "20"])]


def test_a_file_may_be_read_again(tmp_path: Path):
    table = open_table(write(tmp_path, ["id", "1"]), Layout())
    assert list(table.rows(ignore)) == list(table.rows(ignore))


def test_without_a_header_the_first_line_is_a_row(tmp_path: Path):
    path = write(tmp_path, ["1,10", "2,20"])
    layout = Layout(has_header=False)
    assert open_table(path, layout).header is None
    assert rows_of(path, layout) == [(1, ["1", "10"]), (2, ["2", "20"])]


def test_comments_above_the_header_can_be_skipped(tmp_path: Path):
    path = write(tmp_path, ['a "comment', "another", "id;price", "1;10"])
    layout = Layout(skip_lines=2, delimiter=";")
    assert open_table(path, layout).header == ["id", "price"]
    assert rows_of(path, layout) == [(4, ["1", "10"])]


def test_a_mark_before_the_header_does_no_harm(tmp_path: Path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"\xef\xbb\xbfid,price\r\n1,10\r\n")
    assert open_table(path, Layout()).header == ["id", "price"]
    assert rows_of(path) == [(2, ["1", "10"])]


def test_bytes_that_are_no_utf8_do_no_harm_in_a_header(tmp_path: Path):
    path = tmp_path / "file.csv"
    path.write_bytes("trade_id/成交,px\n1,10\n".encode("gbk"))
    assert rows_of(path) == [(2, ["1", "10"])]


def test_progress_goes_from_nothing_to_all(tmp_path: Path):
    path = write(tmp_path, ["id", *(str(number) for number in range(50_000))], "a.csv.gz")
    seen: list[float] = []
    list(open_table(path, Layout()).rows(seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 10


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "has no header"),
        (b"\n\n", "has no header"),
        (gzip.compress(b"id\n" + b"1\n" * 9999, mtime=0)[:-9], "cannot be read completely"),
        (b'id\n"1\n2\n3\n', "cannot be read completely: unexpected end of data"),
        (b"id\n" + b"1" * 200_000, "cannot be read completely: field larger"),
        (b"PK\x03\x04zip", "cannot be decompressed: File is not a zip file"),
        (b"FEA1 of old", "is Feather version 1; save it as version 2"),
        (b"ARROW1 it is not", "cannot be read completely"),
        (b"\xff\xfei\x00d\x00\n\x00\x00", "cannot be read completely: 'utf-16-le' codec"),
        (b"i\x00d\x00\n\x00", "starts with a NUL byte: it is not text, or UTF-16 without"),
        (b"PAR1 is what this file says", "cannot be read"),
    ],
)
def test_a_damaged_file_is_unreadable(tmp_path: Path, raw: bytes, problem: str):
    path = tmp_path / "file"
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match=problem):
        rows_of(path)


def test_a_missing_file_is_reported(tmp_path: Path):
    with pytest.raises(UnreadableFile, match=r"nowhere\.csv: No such file"):
        open_table(tmp_path / "nowhere.csv", Layout())


def test_parquet_comes_as_exact_text(tmp_path: Path):
    path = tmp_path / "trades.parquet"
    table = pa.table(
        {
            "id": pa.array([2**53 + 1], pa.int64()),
            "time": pa.array([datetime(2025, 1, 6, 1, 2, 3, 456789, tzinfo=UTC)]),
            "price": pa.array([Decimal("105433.60000")], pa.decimal128(20, 5)),
            "size": pa.array([0.1], pa.float64()),
            "fee": pa.array([0.1], pa.float32()),
            "side": pa.array(["buy"]).dictionary_encode(),
            "note": pa.array([None], pa.string()),
            "blob": pa.array([[1, 2]]),
        }
    )
    pq.write_table(table, path)
    opened = open_table(path, Layout())
    assert opened.header == ["id", "time", "price", "size", "fee", "side", "note", "blob"]
    assert list(opened.rows(ignore)) == [
        (1, ["9007199254740993", "2025-01-06 01:02:03.456789Z", "105433.60000", "0.1", "0.1",
             "buy", "", ""]),
    ]  # fmt: skip


def test_parquet_reports_its_progress_and_numbers_its_rows(tmp_path: Path):
    path = tmp_path / "ids.parquet"
    pq.write_table(pa.table({"id": list(range(25_000))}), path, row_group_size=5_000)
    seen: list[float] = []
    rows = list(open_table(path, Layout()).rows(seen.append))
    assert rows[-1] == (25_000, ["24999"])
    assert seen[-1] == 1.0
    assert len(seen) > 3


def test_blanks_around_a_cell_do_not_belong_to_it(tmp_path: Path):
    assert rows_of(write(tmp_path, ["id, price", " 1,\t1.5 "])) == [(2, ["1", "1.5"])]
    pq.write_table(pa.table({" id": [" 1 "]}), tmp_path / "a.parquet")
    assert open_table(tmp_path / "a.parquet", Layout()).header == ["id"]
    assert rows_of(tmp_path / "a.parquet") == [(1, ["1"])]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_utf16_is_read_by_its_mark(tmp_path: Path, encoding: str, pack: Callable[[bytes], bytes]):
    path = tmp_path / "file.csv"
    path.write_bytes(pack("\ufeffid,price\r\n1,10\r\n".encode(encoding)))
    assert open_table(path, Layout()).header == ["id", "price"]
    assert rows_of(path) == [(2, ["1", "10"])]


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_feather_is_read_as_parquet_is(tmp_path: Path, compression: str):
    path = tmp_path / "file.feather"
    table = pa.table({"id": list(range(12_000)), "price": ["1.50"] * 12_000})
    write_feather(table, path, compression=compression)
    rows = rows_of(path)
    assert (len(rows), rows[0], rows[-1]) == (
        12_000,
        (1, ["0", "1.50"]),
        (12_000, ["11999", "1.50"]),
    )


def archive_of(path: Path, members: dict[str, bytes]) -> Path:
    with ZipFile(path, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


def test_the_one_table_of_an_archive_is_read_in_place(tmp_path: Path):
    members = {"notes.pdf": b"%PDF", "__MACOSX/a.csv": b"x", "in/a.csv": b"id\n1\n", "b/": b""}
    path = archive_of(tmp_path / "file.zip", members)
    assert open_table(path, Layout()).header == ["id"]
    assert rows_of(path) == [(2, ["1"])]


def test_an_archive_without_a_table_reports_what_it_holds(tmp_path: Path):
    path = archive_of(tmp_path / "file.zip", {"notes.pdf": b"%PDF"})
    with pytest.raises(UnreadableFile, match=r"no file inside is named \.csv.*it has notes\.pdf"):
        rows_of(path)


def test_a_file_that_must_be_unpacked_is_named(tmp_path: Path):
    path = archive_of(tmp_path / "file.zip", {"a.csv": b"PAR1"})
    with pytest.raises(UnreadableFile, match=r"a\.csv: is Parquet inside a zip archive; extract"):
        rows_of(path)


def test_a_folder_is_read_as_one_table_by_the_names_of_its_files(tmp_path: Path):
    folder = tmp_path / "months"
    folder.mkdir()
    write(folder, ["id", "3", "4"], "b.csv.gz")
    write(folder, ["id", "1", "2"], "a.csv")
    write(folder, ["no table"], ".hidden")
    archive_of(folder / "c.zip", {"c.csv": b"id\n5\n"})
    table = open_table(folder, Layout())
    seen: list[float] = []
    rows = list(table.rows(seen.append))
    assert [cells for _, cells in rows] == [["1"], ["2"], ["3"], ["4"], ["5"]]
    assert [table.place(number) for number, _ in rows] == [
        ("a.csv", 2), ("a.csv", 3), ("b.csv.gz", 2), ("b.csv.gz", 3), ("c.zip", 2),
    ]  # fmt: skip
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_files_of_different_columns_are_not_one_table(tmp_path: Path):
    write(tmp_path, ["id,price"], "a.csv")
    write(tmp_path, ["price,id"], "b.csv")
    with pytest.raises(UnreadableFile, match=r"a\.csv and b\.csv have different columns"):
        open_table(tmp_path, Layout())


def test_a_folder_without_a_file_is_reported(tmp_path: Path):
    with pytest.raises(UnreadableFile, match="is a folder without a file"):
        open_table(tmp_path, Layout())


@pytest.mark.parametrize("has_header", [True, False])
def test_more_lines_than_there_are_cannot_be_skipped(tmp_path: Path, has_header: bool):
    path = write(tmp_path, ["id,price", "1,10"])
    layout = Layout(skip_lines=1_000_000_000, has_header=has_header)
    with pytest.raises(
        UnreadableFile, match="has 2 lines, of which 1,000,000,000 are to be skipped"
    ):
        rows_of(path, layout)
