"""Spark takes those lines of JSON for rows that pandas takes, in every encoding."""

import pytest

from synapse_magics.runtime.json_texts import json_object_check
from synapse_magics.runtime.readers import read_pandas
from tests.runtime.test_readers import plain, texts

COLUMNS = [{"name": "n", "type": "integer"}, {"name": "ä", "type": "string"}]
ODD = """{"n": 1, "ä": "größe"}
no
[{"n": 2}]
{"n": 3} more
{'n': 4}
{n: 5}
{"n": 06}

  {"ä": "a, \\"b\\"\\\\"}
{"n": 8, "n": 9}
{"n": 10,}
"""


def make_source(folder, text, encoding, **fields):
    path = folder / "t.jsonl"
    path.write_bytes(text.encode(encoding))
    common = {"format": "json_lines", "encoding": encoding, "header": False}
    return {**common, "paths": [str(path)], "columns": COLUMNS, **fields}


@pytest.mark.spark
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-16-le"])
def test_spark_drops_the_lines_that_pandas_drops(spark, tmp_path, encoding):
    source = make_source(tmp_path, ODD, encoding, invalid_lines="drop")
    read = plain(read_pandas(source))

    assert read == [(1, "größe"), (None, 'a, "b"\\'), (9, None)]
    # A whole column of numbers with gaps is one of floats in pandas.
    assert spark(source)["rows"] == texts([(n if n is None else int(n), s) for n, s in read])


@pytest.mark.spark
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16", "utf-32-be", "cp1252"])
def test_spark_reads_json_lines_of_other_encodings(spark, tmp_path, encoding):
    source = make_source(tmp_path, '{"n": 1, "ä": "größe"}\r\n{"n": 2}\r\n', encoding)

    assert spark(source)["rows"] == [["1", "größe"], ["2", None]]
    assert plain(read_pandas(source)) == [(1, "größe"), (2, None)]


def test_a_line_that_is_no_object_is_an_error_or_passed_over():
    for line in ("[1]", "x", '{"a": 1} 2'):
        assert json_object_check(drop=True)(line) is None
        with pytest.raises(ValueError, match="a line is"):
            json_object_check(drop=False)(line)
    assert json_object_check(drop=False)('{"a": 1}') == '{"a": 1}'
    assert json_object_check(drop=False)("  ") is None
