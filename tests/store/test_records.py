"""Records: jobs, metrics, tags, properties, outputs."""

from support import make_step, submit

from synapse_magics.store.records import Metric, OutputRecord

JOB = {"pid": 1, "created": 0.0, "run": "a"}  # never alive


def test_a_job_is_found_again_and_replaced(store):

    _, (step,) = submit(store, make_step("a"))
    assert store.records.job(step) is None

    store.records.set_job(step, "python_process", JOB)
    store.records.ingest(step, read=0, position=7)
    assert store.records.job(step) == ("python_process", JOB, 7)

    store.records.set_job(step, "python_process", {**JOB, "run": "again"})
    assert store.records.job(step) == ("python_process", {**JOB, "run": "again"}, 0)


def test_who_comes_second_ingests_nothing(store):

    _, (step,) = submit(store, make_step("a"))
    store.records.set_job(step, "python_process", JOB)
    news = {"metrics": [Metric("rows", 1)], "tags": {"k": "v"}}

    assert store.records.ingest(step, read=0, position=10, **news) is True
    assert store.records.ingest(step, read=0, position=10, **news) is False

    assert [metric.value for metric in store.records.metrics(step)] == [1]
    assert store.records.tags(step) == {"k": "v"}


def test_metrics_keep_their_order_and_their_kind(store):
    values = [1, 0.5, "text", True, None, [1, 2], {"a": 1}]
    store.records.add_metrics("run", [Metric("m", value, step=3, time=1.5) for value in values])

    found = store.records.metrics("run")
    assert [metric.value for metric in found] == values
    assert {(metric.step, metric.time) for metric in found} == {(3, 1.5)}


def test_a_tag_is_replaced_and_a_property_stays(store):
    for value in ("old", "new"):
        store.records.set_tag("run", "key", value)
        store.records.add_properties("run", {"key": value})

    assert store.records.tags("run") == {"key": "new"}
    assert store.records.properties("run") == {"key": "old"}


def test_outputs_are_sorted_by_name(store):
    outputs = [OutputRecord(name, "main", f"p/{name}", None) for name in ("b", "a")]
    store.records.set_outputs("run", outputs)

    assert store.records.outputs("run") == outputs[::-1]


def test_what_is_noted_of_a_run_is_none_of_its_properties(store):
    run_id, _ = submit(store, make_step("a"))
    store.records.add_properties(run_id, {"k": "v"})
    for value in ("one", "two"):
        store.records.set_label(run_id, "display_name", value)

    assert store.records.properties(run_id) == {"k": "v"}
    assert store.records.labels(run_id) == {"display_name": "two"}
    assert store.records.labelled("display_name") == [run_id]
    assert store.records.labelled("display_name", "one") == []


def test_tags_are_removed(store):
    run_id, _ = submit(store, make_step("a"))
    store.records.set_tag(run_id, "a", None)
    store.records.set_tag(run_id, "b", "x")
    store.records.remove_tags(run_id, ["a", "gone"])

    assert store.records.tags(run_id) == {"b": "x"}
