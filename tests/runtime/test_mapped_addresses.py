"""Addresses that are mapped to local folders, in a process that opens them."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from synapse_magics.runtime.mapped_addresses import MAPS, MappedAddresses

LAKE = "abfss://data@acct.dfs.core.windows.net"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (f"{LAKE}/a/b.csv", "whole/a/b.csv"),
        (f"{LAKE.replace('abfss', 'abfs')}/a", "whole/a"),
        (LAKE, "whole"),
        (f"{LAKE}/raw/x", "part/x"),
        (f"{LAKE}/rawest/x", "whole/rawest/x"),
        ("abfss://other@acct.dfs.core.windows.net/a", None),
        ("s3a://bucket/a", None),
        ("/a/local/path", None),
    ],
)
def test_the_longest_address_that_fits_counts(tmp_path, address, place):
    maps = {LAKE: str(tmp_path / "whole"), f"{LAKE}/raw": str(tmp_path / "part")}

    found = MappedAddresses(maps).find(address)

    assert found == (None if place is None else str(tmp_path / place))


@pytest.mark.parametrize("path", ["../secret", "link/secret"])
def test_nothing_outside_of_the_folder_is_reached(tmp_path, path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path)

    with pytest.raises(ValueError, match="leaves the folder"):
        MappedAddresses({LAKE: str(tmp_path / "data")}).find(f"{LAKE}/{path}")


def run(code, maps):
    """Run code in a process that was told of mapped addresses; return what it printed."""
    start = """
    from synapse_magics.runtime.mapped_addresses import install_on_import
    install_on_import()
    import fsspec, pandas as pd
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(start) + textwrap.dedent(code)],
        env={MAPS: json.dumps(maps), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("scheme", ["abfss", "abfs", "wasbs", "s3", "s3a"])
def test_pandas_reads_and_writes_there(tmp_path, scheme):
    family = {"abfs": "abfss", "s3a": "s3"}.get(scheme, scheme)
    rest = "bucket" if "s3" in scheme else "data@acct.dfs.core.windows.net"
    code = f"""
    base = "{scheme}://{rest}"
    frame = pd.DataFrame({{"n": [1, 2]}})
    frame.to_csv(base + "/new/t.csv", index=False)
    frame.to_parquet(base + "/made/t.parquet")
    print(pd.read_csv(base + "/new/t.csv").n.sum())
    print(pd.read_parquet(base + "/made/t.parquet").n.sum())
    fs, path = fsspec.url_to_fs(base + "/new")
    print([name.rpartition("/")[2] for name in fs.ls(path)])
    with fsspec.open(base + "/new/note.txt", "w") as file:
        file.write("x")
    """

    assert run(code, {f"{family}://{rest}": str(tmp_path)}) == "3\n3\n['t.csv']\n"
    assert (tmp_path / "new" / "note.txt").read_text() == "x"
    assert (tmp_path / "made" / "t.parquet").is_file()


def test_arrow_itself_finds_what_is_mapped_and_stays_what_it_is(tmp_path):
    code = f"""
    import pyarrow as pa, pyarrow.fs, pyarrow.parquet as pq
    pq.write_table(pa.table({{"n": [1]}}), "{tmp_path}/t.parquet")
    print(pq.read_table("{LAKE}/t.parquet").num_rows)
    local = pa.fs.LocalFileSystem()
    print(isinstance(local, pa.fs.FileSystem), issubclass(pa.fs.LocalFileSystem, pa.fs.FileSystem))
    print(pa.fs.FileSystem.from_uri("file://{tmp_path}")[1] == "{tmp_path}")
    """

    assert run(code, {LAKE: str(tmp_path)}) == "1\nTrue True\nTrue\n"


def test_what_is_not_mapped_is_left_to_the_library_of_the_storage(tmp_path):
    code = """
    print(type(fsspec.filesystem("s3", anon=True)).__name__)
    print(type(fsspec.url_to_fs("s3://other/x", anon=True)[0]).__name__)
    """

    assert run(code, {"s3://bucket": str(tmp_path)}) == "S3FileSystem\nS3FileSystem\n"
