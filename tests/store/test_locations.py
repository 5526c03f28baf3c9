"""Places on a datastore never leave it."""

import pytest

from synapse_magics.store.locations import (
    LocationError,
    data_files,
    expand,
    files_below,
    locate,
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "secret.csv").write_text("secret")
    root = tmp_path / "store"
    for name in ("a.csv", "b.csv", "deep/c.csv", "deep/_SUCCESS", "deep/.part.crc"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return root


@pytest.mark.parametrize("path", ["a.csv", "./a.csv", "/a.csv", "//a.csv"])
def test_a_path_is_relative_to_the_datastore(root, path):
    assert locate(root, path).read_text() == "a.csv"


@pytest.mark.parametrize("path", ["../secret.csv", "deep/../../secret.csv", "deep/..", "/../x"])
def test_a_path_with_dots_is_refused(root, path):
    with pytest.raises(LocationError, match="leaves the datastore"):
        locate(root, path)


def test_an_absolute_path_is_taken_below_the_datastore(root):
    assert locate(root, "/etc/passwd") == root / "etc" / "passwd"


@pytest.mark.parametrize("path", ["link/secret.csv", "file"])
def test_a_link_that_leaves_is_refused(root, path):
    (root / "link").symlink_to(root.parent)
    (root / "file").symlink_to(root.parent / "secret.csv")

    with pytest.raises(LocationError, match="link that leaves"):
        locate(root, path)


def test_a_link_that_stays_is_followed(root):
    (root / "again").symlink_to(root / "a.csv")

    assert locate(root, "again").read_text() == "a.csv"


def test_a_datastore_may_be_a_link_itself(root, tmp_path):
    (tmp_path / "alias").symlink_to(root)

    assert locate(tmp_path / "alias", "a.csv").read_text() == "a.csv"


def names(root, found):
    return [place.relative_to(root).as_posix() for place in found]


def test_a_glob_gives_what_it_matches_sorted(root):
    assert names(root, expand(root, "*.csv")) == ["a.csv", "b.csv"]
    assert names(root, expand(root, "/?.csv")) == ["a.csv", "b.csv"]
    assert names(root, expand(root, "**/*.csv")) == ["a.csv", "b.csv", "deep/c.csv"]


def test_a_glob_cannot_leave(root):
    (root / "link").symlink_to(root.parent)

    with pytest.raises(LocationError, match="leaves the datastore"):
        expand(root, "../*.csv")
    with pytest.raises(LocationError, match="link that leaves"):
        expand(root, "link/*.csv")


@pytest.mark.parametrize("path", ["none.csv", "*.parquet"])
def test_nothing_there_is_an_error(root, path):
    with pytest.raises(LocationError, match=path.replace("*", r"\*")):
        expand(root, path)


def test_files_below_are_all_and_data_files_are_sparks_data(root):
    files = files_below(expand(root, "deep"))

    assert names(root, files) == ["deep/.part.crc", "deep/_SUCCESS", "deep/c.csv"]
    assert names(root, data_files(files)) == ["deep/c.csv"]
    assert names(root, files_below([root / "a.csv"])) == ["a.csv"]


def test_a_file_that_a_glob_names_twice_is_there_once(tmp_path):
    (tmp_path / "in" / "x").mkdir(parents=True)
    for name in ("in/a", "in/x/b"):
        (tmp_path / name).touch()

    for pattern in ("in/**", "**"):
        found = files_below(expand(tmp_path, pattern))
        assert sorted(file.name for file in found) == ["a", "b"]
