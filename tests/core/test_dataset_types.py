"""Types of columns and kinds of headers, as Azure ML's calls take them."""

import pytest

from synapse_magics import Dataset
from synapse_magics.core.dataset_types import ColumnType, DataType, PromoteHeadersBehavior
from synapse_magics.core.exceptions import NotSupportedError


def test_types_of_columns():
    assert DataType.to_long() == ColumnType("long")
    assert DataType.to_float(",") == ColumnType("float", decimal_mark=",")
    assert DataType.to_datetime("%Y") == DataType.to_datetime(["%Y"])
    with pytest.raises(NotSupportedError, match="to_stream"):
        DataType.to_stream(None)


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS, ["a", "b"]),
        (PromoteHeadersBehavior.NO_HEADERS, ["Column1", "Column2"]),
    ],
)
def test_headers_of_delimited_files(workspace, tmp_path, header, columns):
    store = workspace.get_default_datastore()
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    store.upload_files([str(tmp_path / "a.csv")], show_progress=False)
    table = Dataset.Tabular.from_delimited_files((store, "a.csv"), header=header)

    assert [column["name"] for column in table.columns] == columns
