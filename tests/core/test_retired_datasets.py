"""Calls of datasets that Azure ML retired say what has taken their place."""

import pytest

from synapse_magics import Dataset
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.retired_datasets import RetiredDatasetCalls

RETIRED = [name for name in vars(RetiredDatasetCalls) if not name.startswith("_")]


@pytest.mark.parametrize("name", RETIRED)
def test_a_retired_call_is_refused_with_the_alternative(name):
    with pytest.raises(NotSupportedError, match=f"Dataset.{name} is not") as caught:
        getattr(Dataset, name)("anything", include_path=True)

    assert caught.value.hint


def test_the_hint_names_a_call_that_is_there():
    with pytest.raises(NotSupportedError) as caught:
        Dataset.get(None, "a")
    assert "Dataset.get_by_name(" in caught.value.hint

    with pytest.raises(NotSupportedError) as caught:
        Dataset.from_json_files("a.jsonl")
    assert caught.value.hint == "Dataset.Tabular.from_json_lines_files(...)"
    assert hasattr(Dataset.Tabular, "from_json_lines_files")


def test_a_query_is_no_table():
    with pytest.raises(NotSupportedError, match="from_sql_query") as caught:
        Dataset.Tabular.from_sql_query((None, "SELECT 1"), query_timeout=5)

    assert "PythonScriptStep" in caught.value.hint


def test_there_is_no_object_of_the_class():
    with pytest.raises(NotSupportedError, match="Dataset") as caught:
        Dataset("definition", name="a")

    assert "Dataset.File.from_files" in caught.value.hint
