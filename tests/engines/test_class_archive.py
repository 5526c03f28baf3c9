"""A JVM that starts from an archive of Spark's classes: the same, in less time."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from engines_support import end_of
from test_warm_drivers import COMPUTE, PROBE, SECONDS

from synapse_magics.engines import class_archive_builder, class_archives, process
from synapse_magics.engines.base import JobState, JobStatus, StepJob
from synapse_magics.engines.class_archives import VARIABLE, archive_of, place_of
from synapse_magics.engines.local_spark import LocalSpark, driver_settings
from synapse_magics.runtime.class_archive import BASE, EMPTY, TOP, java_options, variables

MAPPED = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
maps = open(f"/proc/{spark._jvm.ProcessHandle.current().pid()}/maps").read()
print(sorted({line.rpartition("/")[2] for line in maps.splitlines() if line.endswith(".jsa")}))
print(spark.conf.get("spark.own"), spark.conf.get("spark.sql.shuffle.partitions"))
"""


@pytest.fixture
def probe(store, monkeypatch):
    """Run a script as a Spark step; return what it has printed, and its errors."""
    engine, handles = LocalSpark(store.folder), []

    def probe(script, archives=None, conf=None, **environment):
        if archives is not None:
            monkeypatch.setenv(VARIABLE, str(archives))
        folder = store.run_folder("run")
        shutil.rmtree(folder.path, ignore_errors=True)
        folder.create()
        folder.work.mkdir()
        (folder.work / "step.py").write_text(script)
        job = StepJob(
            "run", folder, "step.py", (), environment, spark_conf=conf or {}, compute=COMPUTE
        )
        handles.append(engine.start(job, lambda _: None))
        ended = end_of(engine, handles[-1], SECONDS)
        assert ended == JobState(JobStatus.ENDED, 0), folder.stderr.read_text()
        return folder.stdout.read_text(), folder.stderr.read_text()

    yield probe
    for handle in handles:
        process.cancel(handle, store.folder)


@pytest.fixture
def archive(class_archive):
    if class_archive is None:
        pytest.skip("this Java keeps no archives")
    return class_archive


@pytest.mark.spark
def test_a_step_maps_the_archive_and_is_configured_as_ever(archive, probe):
    out, err = probe(MAPPED, conf={"spark.own": "a 'b' \\ c"})

    mapped, own = out.splitlines()
    assert TOP in mapped
    assert own == "a 'b' \\ c 8"
    assert err == ""


@pytest.mark.spark
def test_a_step_sees_what_it_sees_without_an_archive(archive, probe):
    found = [json.loads(probe(PROBE, where)[0]) for where in (archive.parent, "0")]

    assert found[0] == found[1]


@pytest.mark.spark
def test_what_a_script_asks_of_its_jvm_counts(archive, probe):
    script = (
        "import os\n"
        "os.environ['PYSPARK_SUBMIT_ARGS'] = '--conf spark.asked=1 pyspark-shell'\n"
        "os.environ['SPARK_SUBMIT_OPTS'] = '-Dasked=2'\n"
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.config('spark.third', '3').getOrCreate()\n"
        "print(spark.conf.get('spark.asked'), spark._jvm.System.getProperty('asked'),\n"
        "      spark.conf.get('spark.third'), spark.conf.get('spark.own'))\n"
        "print(os.environ['PYSPARK_SUBMIT_ARGS'])\n"
    )

    out, _ = probe(script, conf={"spark.own": "4"})

    assert out.splitlines() == ["1 2 3 4", "--conf spark.asked=1 pyspark-shell"]


@pytest.mark.spark
def test_an_archive_that_is_none_is_no_reason_to_fail(archive, probe, tmp_path):
    broken = tmp_path / archive.name
    (broken / EMPTY).mkdir(parents=True)
    (broken / TOP).write_bytes((archive / TOP).read_bytes()[:1_000_000])
    shutil.copy(archive / class_archives.MADE_FOR, broken)

    out, err = probe(MAPPED, tmp_path, {"spark.own": "1"})

    assert out.splitlines()[1] == "1 8"
    assert err == ""


def test_there_are_none_for_an_old_java_or_who_wants_none(tmp_path, monkeypatch):
    (tmp_path / "jars").mkdir()
    (tmp_path / "release").write_text('JAVA_VERSION="21.0.1"\n')
    assert place_of(tmp_path, tmp_path) is not None
    monkeypatch.setenv(VARIABLE, "0")
    assert place_of(tmp_path, tmp_path) is None
    monkeypatch.delenv(VARIABLE)
    (tmp_path / "release").write_text('JAVA_VERSION="11.0.1"\n')
    assert place_of(tmp_path, tmp_path) is None


def test_another_java_or_another_spark_has_another_archive(tmp_path):
    (tmp_path / "jars").mkdir()
    (tmp_path / "release").write_text('JAVA_VERSION="21.0.1"\n')
    before = place_of(tmp_path, tmp_path)

    (tmp_path / "jars" / "more.jar").touch()
    os.utime(tmp_path / "jars", ns=(1, 1))

    assert place_of(tmp_path, tmp_path) != before
    assert archive_of(tmp_path, tmp_path) is None


def test_who_finds_somebody_at_work_makes_no_second_one(tmp_path):
    (tmp_path / "jars").mkdir()
    (tmp_path / "release").write_text('JAVA_VERSION="21.0.1"\n')
    place = place_of(tmp_path, tmp_path)
    place.mkdir()

    with class_archive_builder._only_one(place):
        assert class_archive_builder.build(tmp_path, tmp_path) is False


def test_a_build_that_fails_leaves_nothing(tmp_path, class_archives, monkeypatch):
    (tmp_path / "jars").mkdir()
    (tmp_path / "release").write_text('JAVA_VERSION="21.0.1"\n')
    environment = {**os.environ, "JAVA_HOME": str(tmp_path), "SPARK_HOME": str(tmp_path)}
    command = [sys.executable, "-m", class_archive_builder.__name__]

    assert subprocess.run(command, env=environment, check=False).returncode == 1

    place = place_of(tmp_path, tmp_path)
    assert sorted(item.name for item in place.iterdir()) == [EMPTY, "lock"]


def test_archives_of_what_is_gone_are_removed(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "archives"))
    gone = tmp_path / "archives" / "gone"
    gone.mkdir(parents=True)
    (gone / class_archives.MADE_FOR).write_text(f"{tmp_path}/java\n{tmp_path}/spark\n1\n")

    class_archive_builder._remove_useless(tmp_path / "archives" / "new")

    assert not gone.exists()


def test_options_and_arguments_survive_blanks_and_quotes(tmp_path):
    conf = Path('/a "b"/c\\d')
    (tmp_path / BASE).touch()
    (tmp_path / TOP).touch()

    assert java_options(tmp_path, conf).startswith(
        f'"-XX:SharedArchiveFile={tmp_path / BASE}:{tmp_path / TOP}" "-Xlog:cds*=off" '
    )
    assert java_options(tmp_path, conf).endswith(
        r'"-Dlog4j2.configurationFile=/a \"b\"/c\\d/log4j2.properties"'
    )
    made = variables(tmp_path, conf, {"SPARK_SUBMIT_OPTS": "-Da=b", "PYSPARK_SUBMIT_ARGS": "x"})
    assert made["SPARK_SUBMIT_OPTS"].endswith(" -Da=b")
    assert made["PYSPARK_SUBMIT_ARGS"] == (
        "--properties-file '/a \"b\"/c\\d/spark-defaults.conf' x"
    )


def test_a_driver_is_started_with_what_is_known_of_java():
    environment = dict(driver_settings({}).environment)

    assert {"JAVA_HOME", "SPARK_HOME"} <= environment.keys()
