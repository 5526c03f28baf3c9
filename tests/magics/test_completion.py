"""Tab in the line of a magic, through IPython's own completer."""

import time

import pytest


def test_options(notebook):
    assert notebook.complete("%synapse_submit --w") == {"%synapse_submit --wait": "option"}
    assert "%%spark_step prep --driver-memory" in notebook.complete("%%spark_step prep --driver")


def test_options_of_a_magic_that_is_assigned(notebook):
    found = notebook.complete("run = %synapse_submit exp --wa")
    assert found == {"run = %synapse_submit exp --wait": "option"}


def test_nothing_typed_yet_offers_every_option(notebook):
    found = notebook.complete("%synapse_compute cpucluster ")
    assert {"%synapse_compute cpucluster --max-nodes", "%synapse_compute cpucluster --help"} <= set(
        found
    )
    assert set(found.values()) == {"option"}


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("%%spark_step x --compute ", {"link1-spark01": "Spark pool"}),
        ("%%python_step x --compute ", {"cpucluster": "AmlCompute"}),
        ("%%python_step x -c cpu", {"cpucluster": "AmlCompute"}),
        ("%synapse_attach x --pool ", {"spark01": "pool"}),
        ("%synapse_attach x --linked-service ", {"synapselink1": "linked service"}),
        ("%synapse_link x --synapse-workspace ", {"local": "Synapse workspace"}),
        ("%synapse_dataset ", {"tiny": "dataset"}),
        ("%synapse_logs --stream std", {"stderr": "stream", "stdout": "stream"}),
        ("%synapse_pipeline p", {"plan": "action"}),
    ],
)
def test_values_by_kind(notebook, typed, completed):
    stem = typed[: typed.rindex(" ") + 1]
    assert notebook.complete(typed) == {f"{stem}{text}": kind for text, kind in completed.items()}


@pytest.fixture
def with_step(notebook):
    notebook.run("%%python_step one -i tiny -o made --param alpha=1\nprint(tiny, made, alpha)")
    return notebook


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("-i ", ["-i made", "-i tiny"]),
        ("-i ti", ["-i tiny"]),
        ("-i made,ti", ["-i made,tiny"]),
        ("-i small=ti", ["-i small=tiny"]),
        ("-i made,small=ti", ["-i made,small=tiny"]),
        ("--input=ti", ["--input=tiny"]),
        ("--register ma", ["--register made"]),
    ],
)
def test_inputs_are_datasets_and_what_other_steps_write(with_step, typed, completed):
    stem = "%%python_step two "
    assert list(with_step.complete(stem + typed)) == [stem + text for text in completed]


def test_steps_and_parameters(with_step):
    assert with_step.complete("%%python_step o") == {"%%python_step one": "step"}
    assert with_step.complete("%synapse_logs ") == {"%synapse_logs one": "step"}
    for typed in ("a", "alpha="):
        found = with_step.complete(f"%synapse_submit -p {typed}")
        assert found == {"%synapse_submit -p alpha=": "parameter"}


def test_runs(notebook, workspace):
    from support import make_step, submit

    run_id, _ = submit(workspace.store, make_step("one"))
    workspace.store.runs.request_cancel(run_id)
    assert notebook.complete("%synapse_status ") == {
        "%synapse_status last": "run",
        f"%synapse_status {run_id[:8]}": "run",
    }
    assert f"%synapse_logs one --run {run_id[:8]}" in notebook.complete("%synapse_logs one --run ")


def test_the_lines_below_a_magic_are_plain_python(with_step):
    found = with_step.complete("%%python_step two -i tiny\n--co")
    assert "option" not in found.values()
    assert "step" not in with_step.complete("%%python_step two\no").values()
    assert "step" not in with_step.complete("# not the first line\n%%python_step o").values()


def test_other_lines_are_left_to_ipython(notebook):
    ours = {"option", "dataset", "input", "step", "AmlCompute"}
    for text in ("%timeit --w", "tiny", "synapse_submit --w", "x = 1 + ti"):
        assert not ours & set(notebook.complete(text).values())
    assert "%synapse_attach" in notebook.complete("%synapse_at")


def test_without_a_workspace_only_options_are_offered(shell, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert "AmlCompute" not in shell.complete("%%python_step x --compute ").values()
    assert "%%python_step x --compute" in shell.complete("%%python_step x --comp")
    assert capsys.readouterr().err == ""  # where IPython reports a completion that fails


def test_the_older_interface_of_the_completer(with_step):
    line = "%%python_step two -i made,ti"
    with pytest.warns(PendingDeprecationWarning):
        matched, found = with_step.ipython.complete(None, line)
    assert (matched, found) == ("ti", ["tiny"])


def test_loading_twice_offers_everything_once(notebook):
    notebook.ipython.run_line_magic("reload_ext", "synapse_magics")
    ours = [
        matcher
        for matcher in notebook.ipython.Completer.custom_matchers
        if getattr(matcher, "matcher_identifier", "") == "synapse_magics"
    ]
    assert len(ours) == 1


@pytest.mark.parametrize(
    "typed", ["%%python_step x --compute ", "%%spark_step x --d", "%synapse_status "]
)
def test_tab_is_answered_at_once(notebook, typed):
    notebook.complete(typed)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        notebook.complete(typed)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02
