"""What a pipeline stands on: each magic returns the object, and doing it again changes nothing."""

import os

import pytest

from synapse_magics import AmlCompute, LinkedService, SynapseCompute, Workspace
from synapse_magics.core.dataset import FileDataset, TabularDataset
from synapse_magics.core.exceptions import (
    ComputeTargetException,
    DatasetValidationError,
    UserErrorException,
    WorkspaceException,
)
from synapse_magics.magics.options import MagicUsageError


def test_a_workspace_is_shown(notebook, workspace):
    found = notebook.run("%synapse_workspace")
    assert found == workspace
    page = notebook.shown(found)["text/html"]
    for text in ("test-ws", "the working directory", "synapselink1", "cpucluster", "tiny"):
        assert text in page


def test_a_workspace_is_created_and_then_opened(shell, workspace, tmp_path):
    made = shell.run("%synapse_workspace other --folder 'sub folder'")
    assert isinstance(made, Workspace)
    assert (tmp_path / "sub folder" / "config.json").exists()
    assert shell.run("%synapse_workspace") == made
    again = shell.run("%synapse_workspace other --folder 'sub folder'")
    assert again == made
    made.store.close()


def test_without_a_workspace_the_error_says_how_to_make_one(shell, workspace_folder):
    with pytest.raises((WorkspaceException, UserErrorException), match="config") as caught:
        shell.run("%synapse_workspace")
    assert "%synapse_workspace" in caught.value.hint


def test_a_link_is_returned_found_again_and_listed(notebook, workspace):
    made = notebook.run("%synapse_link second --synapse-workspace local")
    assert isinstance(made, LinkedService)
    assert notebook.run("%synapse_link second").name == "second"
    assert notebook.run("%synapse_link second --synapse-workspace local").name == "second"
    listed = notebook.run("%synapse_link")
    assert [row[:2] for row in listed.rows] == [("second", "local"), ("synapselink1", "local")]
    assert "second" in notebook.shown(made)["text/html"]


def test_a_link_that_is_not_there_is_made_by_naming_a_synapse_workspace(notebook):
    with pytest.raises(MagicUsageError, match="no linked service 'third' yet") as caught:
        notebook.run("%synapse_link third")
    assert caught.value.hint == "%synapse_link third --synapse-workspace local"


def test_a_pool_is_attached_by_the_only_link(notebook, workspace):
    made = notebook.run("%synapse_attach other-pool --pool spark01")
    assert isinstance(made, SynapseCompute)
    again = notebook.run("%synapse_attach other-pool -l synapselink1 -p spark01")
    assert again.name == made.name
    assert sorted(workspace.compute_targets) == ["cpucluster", "link1-spark01", "other-pool"]


def test_which_link_is_asked_if_there_are_two(notebook):
    notebook.run("%synapse_link second --synapse-workspace local")
    with pytest.raises(ComputeTargetException, match="which linked service") as caught:
        notebook.run("%synapse_attach other-pool --pool spark01")
    assert "second, synapselink1" in caught.value.hint


def test_which_pool_is_asked(notebook):
    with pytest.raises(MagicUsageError, match="which pool") as caught:
        notebook.run("%synapse_attach other-pool")
    assert caught.value.hint.startswith("%synapse_attach other-pool --linked-service")


def test_a_pool_that_does_not_exist_is_refused_with_those_there_are(notebook):
    with pytest.raises(ComputeTargetException, match="no Spark pool 'spark02'; its pools: spark01"):
        notebook.run("%synapse_attach other-pool --pool spark02")
    assert "other-pool" not in repr(notebook.run("%synapse_attach"))


def test_a_cluster_is_created_and_found_again(notebook):
    made = notebook.run("%synapse_compute second --max-nodes 3")
    assert isinstance(made, AmlCompute)
    found = notebook.run("%synapse_compute second")
    assert found.scale_settings.maximum_node_count == 3


def test_a_cluster_with_other_options_is_not_the_one_of_before(notebook):
    made = notebook.run("%synapse_compute cpucluster --vm-size STANDARD_D4_V2")
    assert made.vm_size == "STANDARD_D4_V2"
    assert notebook.run("%synapse_compute cpucluster").vm_size == "STANDARD_D4_V2"


def test_computes_are_listed_as_text_and_as_a_table(notebook):
    listed = notebook.run("%synapse_attach")
    assert listed == notebook.run("%synapse_compute")
    assert [row[0] for row in listed.rows] == ["cpucluster", "link1-spark01"]
    assert repr(listed).splitlines()[0].split()[:2] == ["name", "type"]
    assert '<td style="text-align: left">cpucluster</td>' in notebook.shown(listed)["text/html"]


def test_a_compute_is_shown_as_a_table(notebook, pool):
    page = notebook.shown(pool)["text/html"]
    assert "link1-spark01" in page
    assert "SynapseSpark" in page


def test_a_table_is_uploaded_and_shown_with_its_first_rows(notebook):
    made = notebook.run("%synapse_dataset tiny")
    assert isinstance(made, TabularDataset)
    shown = notebook.shown(made)
    assert "tiny, version 1: name string, size int" in shown["text/html"]
    assert ">bee</td>" in shown["text/html"]
    assert shown["text/plain"].splitlines()[-1].split() == ["bee", "2"]


def test_the_same_file_is_the_same_version_and_a_changed_one_a_new(notebook, tmp_path):
    assert notebook.run("%synapse_dataset tiny tiny.csv").version == 1
    (tmp_path / "tiny.csv").write_text("name,size\ncat,3\n")
    assert notebook.run("%synapse_dataset tiny tiny.csv").version == 2
    assert notebook.run("%synapse_dataset tiny:1").to_pandas_dataframe().name.tolist() == [
        "ant",
        "bee",
    ]


def test_how_a_csv_is_written_is_said(notebook, tmp_path):
    (tmp_path / "my data.csv").write_text("käse#1\nwurst#2\n", encoding="latin-1")
    made = notebook.run(
        '%synapse_dataset food "my data.csv" --separator "#" --encoding latin-1 --no-header'
    )
    assert made.to_pandas_dataframe().iloc[0, 0] == "käse"


def test_line_breaks_in_fields_are_read_if_that_is_said(notebook, tmp_path):
    (tmp_path / "notes.csv").write_text('note\n"two\nlines"\n')
    with pytest.raises(DatasetValidationError, match="line 2: a quoted field goes on") as caught:
        notebook.run("%synapse_dataset notes notes.csv")
    assert "%synapse_dataset --multi-line" in caught.value.hint
    made = notebook.run("%synapse_dataset notes notes.csv --multi-line")
    assert made.to_pandas_dataframe()["note"].tolist() == ["two\nlines"]


def test_a_file_stays_a_file(notebook):
    made = notebook.run("%synapse_dataset raw tiny.csv --file-dataset")
    assert isinstance(made, FileDataset)
    assert "raw, version 1: 1 file<" in notebook.shown(made)["text/html"]


def test_datasets_are_listed(notebook):
    notebook.run("%synapse_dataset raw tiny.csv -f --description 'as it came'")
    assert notebook.run("%synapse_dataset").rows == (
        ("raw", "1", "file", "as it came"),
        ("tiny", "1", "tabular", ""),
    )


def test_a_name_with_html_in_it_is_shown_as_text(notebook, tmp_path):
    (tmp_path / "bad.csv").write_text("<script>x</script>,b\n<b>1</b>,2\n")
    made = notebook.run("%synapse_dataset bad bad.csv --description '<i>d</i>'")
    for value in (made, notebook.run("%synapse_dataset")):
        page = notebook.shown(value)["text/html"]
        assert "<script>" not in page
        assert "<b>1" not in page
        assert "<i>d" not in page


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("%synapse_workspace ab", "between 3 and 33 characters"),
        ("%synapse_workspace 'my workspace'", "No whitespace"),
        ("%synapse_link a! --synapse-workspace local", "between 3 and 33 characters"),
        ("%synapse_attach p --pool spark01", "between 2 and 16 characters"),
        ("%synapse_compute a-name-that-is-long", "between 2 and 16 characters"),
        ("%synapse_compute cpu_cluster", "valid characters include letters, digits, and the -"),
        ("%synapse_dataset a/b tiny.csv", "a dataset's name begins with a letter or a digit"),
        ("%%python_step 1st\nprint(1)", "a step's name begins with a letter"),
        ("%%python_step one -i a-b=tiny\nprint(1)", 'Invalid input name "a-b"'),
        ("%synapse_submit 'my experiment'", "Experiment name must be between 1 and 255"),
    ],
)
def test_a_name_that_azure_ml_would_refuse_is_refused_with_the_rule(notebook, line, rule):
    if line.startswith("%synapse_submit"):
        notebook.run("%%python_step one\nprint(1)")
    with pytest.raises((UserErrorException, ComputeTargetException)) as caught:
        notebook.run(line)
    assert rule in str(caught.value)


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("missing.csv", "does not exist"),
        ("empty.csv", "the file is empty"),
        (".", "this is a folder"),
        ("../outside.csv", "does not exist"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_path(notebook, tmp_path, file, problem):
    (tmp_path / "empty.csv").touch()
    with pytest.raises(DatasetValidationError, match=problem) as caught:
        notebook.run(f"%synapse_dataset new {file}")
    assert caught.value.where == str((tmp_path / file).absolute())
    assert "new" not in repr(notebook.run("%synapse_dataset"))


def test_a_file_that_may_not_be_read_is_refused_with_its_path(notebook, tmp_path, monkeypatch):
    # The tests may run as root, who may read everything.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DatasetValidationError, match="may not be read") as caught:
        notebook.run("%synapse_dataset new tiny.csv")
    assert caught.value.where == str(tmp_path / "tiny.csv")


def test_a_path_outside_of_the_datastore_is_refused_with_the_path(notebook):
    names = "from synapse_magics import Dataset, Datastore, Workspace\n"
    with pytest.raises(DatasetValidationError) as caught:
        notebook.run(
            f"{names}store = Datastore(Workspace.from_config())\n"
            "Dataset.Tabular.from_delimited_files((store, '../../../outside.csv'))"
        )
    assert "outside.csv" in str(caught.value)


def test_a_dataset_that_is_not_registered_is_said(notebook):
    with pytest.raises(Exception, match="tinny") as caught:
        notebook.run("%synapse_dataset tinny")
    assert "tiny" in str(caught.value)
