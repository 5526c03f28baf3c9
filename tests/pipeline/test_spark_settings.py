"""The size of a Spark step becomes Spark configuration, or is refused."""

import pytest

from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.spark_settings import configuration

SIZE = {
    "driver_memory": "7g",
    "driver_cores": 4,
    "executor_memory": "512m",
    "executor_cores": 2,
    "num_executors": 1,
}


def make(**options):
    return configuration("app", "step prep", **{**SIZE, **options})


def test_a_size_is_spark_configuration():
    assert make() == {
        "spark.app.name": "app",
        "spark.yarn.maxAppAttempts": "1",
        "spark.driver.memory": "7g",
        "spark.driver.cores": "4",
        "spark.executor.memory": "512m",
        "spark.executor.cores": "2",
        "spark.executor.instances": "1",
    }


@pytest.mark.parametrize("value", ["99x", "2", "0g", "-1g", "1.5g", " 2g"])
def test_what_is_no_amount_of_memory(value):
    with pytest.raises(PipelineError, match="is not an amount of memory") as caught:
        make(driver_memory=value)

    assert caught.value.message.startswith(f"driver_memory {value!r}")
    assert (caught.value.where, "512m, 2g" in caught.value.hint) == ("step prep", True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2g", "2g"), ("512M", "512m"), ("1t", "1t"), ("2gb", "2g"), ("600000KB", "600000k")],
)
def test_amounts_of_memory_are_written_as_java_reads_them(value, expected):
    assert make(driver_memory=value)["spark.driver.memory"] == expected
    assert make(executor_memory=value)["spark.executor.memory"] == expected


@pytest.mark.parametrize("value", ["1k", "511m", "511mb"])
def test_a_driver_needs_memory_to_start(value):
    with pytest.raises(PipelineError, match=f"driver_memory '{value}' is too small") as caught:
        make(driver_memory=value)

    assert caught.value.hint == "at least 512m"
    assert make(executor_memory="1k")["spark.executor.memory"] == "1k"


@pytest.mark.parametrize("name", SIZE)
def test_every_size_is_required(name):
    with pytest.raises(PipelineError, match=f"^{name} is required"):
        make(**{name: None})


@pytest.mark.parametrize("name", ["driver_memory", "executor_memory"])
def test_memory_is_a_text(name):
    with pytest.raises(PipelineError, match=f"^{name} must be a string"):
        make(**{name: 2})


@pytest.mark.parametrize("name", ["driver_cores", "executor_cores", "num_executors"])
@pytest.mark.parametrize("value", ["2", 2.0, True])
def test_counts_are_integers(name, value):
    with pytest.raises(PipelineError, match=f"^{name} must be a integer"):
        make(**{name: value})


@pytest.mark.parametrize("value", [0, -1])
def test_counts_begin_with_one(value):
    with pytest.raises(PipelineError, match=f"driver_cores {value} is too small"):
        make(driver_cores=value)


def test_conf_adds_values_as_texts():
    found = make(conf={"spark.a": 5, "spark.b": True, "spark.yarn.maxAppAttempts": 3})

    assert (found["spark.a"], found["spark.b"]) == ("5", "true")
    assert found["spark.yarn.maxAppAttempts"] == "3"


def test_conf_may_say_the_same_again():
    assert make(conf={"spark.driver.cores": 4})["spark.driver.cores"] == "4"
    assert make(conf={"spark.driver.memory": "7gb"})["spark.driver.memory"] == "7g"


def test_conf_may_not_say_something_else():
    with pytest.raises(PipelineError) as caught:
        make(conf={"spark.driver.memory": "8g"})

    assert caught.value.message == "The values of the paramater spark.driver.memory have conflict"
    assert caught.value.hint == "7g and 8g: say it once"


@pytest.mark.parametrize("conf", ["spark.a=5", [("spark.a", 5)]])
def test_conf_is_a_dict(conf):
    with pytest.raises(PipelineError, match=r"^conf should be dict"):
        make(conf=conf)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("py_files", "spark.submit.pyFiles"),
        ("jars", "spark.yarn.dist.jars"),
        ("files", "spark.files"),
    ],
)
def test_files_are_appended_to(name, key):
    assert make(**{name: "a"})[key] == "a"
    assert make(**{name: ["a", "b"]}, conf={key: "c"})[key] == "a,b,c"


@pytest.mark.parametrize("value", [5, [5], {"a": 1}])
def test_files_are_texts(value):
    with pytest.raises(PipelineError, match=r"^jars should be str of \[str\]"):
        make(jars=value)
