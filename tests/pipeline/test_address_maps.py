"""Steps that address a cloud's storage, and read and write a folder of this machine."""

import subprocess
import sys
import textwrap
import urllib.request

import pandas as pd
import pytest

from synapse_magics import Dataset, Datastore, Pipeline, PythonScriptStep, SynapseSparkStep
from synapse_magics.core.data_config import OutputFileDatasetConfig
from synapse_magics.core.exceptions import UserErrorException

TITANIC = "wasbs://demo@dprepdata.blob.core.windows.net"
LAKE = "abfss://data@acct.dfs.core.windows.net"


@pytest.fixture
def folder(workspace, tmp_path):
    place = tmp_path / "clouds" / "titanic"
    place.mkdir(parents=True)
    (place / "Titanic.csv").write_text("Name,Age\nAnn,31\nBob,\nCid,5\n")
    Datastore.map_address(workspace, f"{TITANIC}/", place)
    lake = tmp_path / "lake"
    lake.mkdir()
    Datastore.map_address(workspace, LAKE, lake)
    return tmp_path


def script(folder, text):
    code = folder / "code"
    code.mkdir(exist_ok=True)
    (code / "step.py").write_text(textwrap.dedent(text))
    return str(code)


def test_maps_are_listed_relative_to_the_project_and_removed(workspace, folder):
    assert Datastore.address_maps(workspace) == {
        TITANIC: str(folder / "clouds" / "titanic"),
        LAKE: str(folder / "lake"),
    }
    entry = workspace.store.registry.get("address_map", LAKE)
    assert entry.body["folder"] == "lake"

    Datastore.unmap_address(workspace, LAKE)
    assert LAKE not in Datastore.address_maps(workspace)
    with pytest.raises(UserErrorException, match="is not mapped"):
        Datastore.unmap_address(workspace, LAKE)


@pytest.mark.parametrize(
    ("address", "place", "text"),
    [
        ("/local", ".", "is no address"),
        ("gs://bucket", ".", "not supported"),
        ("memory://data", ".", "cannot be mapped"),
        (LAKE, "nowhere", "does not exist"),
    ],
)
def test_what_cannot_be_mapped_is_refused(workspace, address, place, text):
    with pytest.raises(UserErrorException, match=text):
        Datastore.map_address(workspace, address, place)


def test_datasets_are_read_from_the_folder(workspace, folder):
    table = Dataset.Tabular.from_delimited_files(f"{TITANIC}/Titanic.csv")
    files = Dataset.File.from_files(f"{TITANIC}/*.csv")

    assert list(table.to_pandas_dataframe()["Name"]) == ["Ann", "Bob", "Cid"]
    assert files.to_path() == ["/Titanic.csv"]


def test_a_datastore_of_that_container_is_the_folder(workspace, folder):
    store = Datastore.register_azure_blob_container(workspace, "demo", "demo", "dprepdata")

    assert Dataset.Tabular.from_delimited_files((store, "Titanic.csv")).to_pandas_dataframe().shape
    (folder / "other.csv").write_text("a\n1\n")
    store.upload_files([str(folder / "other.csv")], show_progress=False)
    assert (folder / "clouds" / "titanic" / "other.csv").is_file()


def test_both_addresses_of_a_container_of_azures_are_mapped(workspace, folder):
    blobs = Datastore.register_azure_blob_container(workspace, "blobs", "data", "acct")
    blobs.upload_files([str(folder / "clouds" / "titanic" / "Titanic.csv")], show_progress=False)

    assert (folder / "lake" / "Titanic.csv").is_file()
    assert len(pd.read_csv("wasbs://data@acct.blob.core.windows.net/Titanic.csv")) == 3
    assert len(pd.read_csv("https://acct.blob.core.windows.net/data/Titanic.csv?sv=1&sig=2")) == 3
    assert list(Datastore.address_maps(workspace)) == [LAKE, TITANIC]


def test_the_web_is_mapped_too(workspace, folder):
    Datastore.map_address(workspace, "https://host/files/", folder / "clouds")
    table = Dataset.Tabular.from_delimited_files("https://host/files/titanic/Titanic.csv")

    assert len(table.to_pandas_dataframe()) == 3
    assert len(pd.read_csv("https://host/files/titanic/Titanic.csv")) == 3
    with pytest.raises(OSError, match=r"nothing\.csv"):
        pd.read_csv("https://host/files/nothing.csv")
    with urllib.request.urlopen("data:,real") as answer:  # noqa: S310
        assert answer.read() == b"real"


def test_this_notebook_reads_there_too(workspace, folder):
    assert pd.read_csv(f"{TITANIC}/Titanic.csv").shape == (3, 2)


def test_whoever_opens_the_workspace_reads_there(workspace, folder):
    code = f"""
    from synapse_magics import Workspace
    workspace = Workspace.from_config()
    import pandas as pd
    print(len(pd.read_csv("{TITANIC}/Titanic.csv")))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )

    assert done.stdout == "3\n"


def test_a_python_step_reads_and_writes_under_real_addresses(workspace, pool, folder):
    code = f"""
    import pandas as pd
    table = pd.read_csv("{TITANIC}/Titanic.csv")
    table.dropna().to_parquet("{LAKE}/clean/t.parquet")
    print(len(pd.read_parquet("{LAKE}/clean/t.parquet")), "rows")
    """
    step = PythonScriptStep(
        "step.py", compute_target="cpucluster", source_directory=script(folder, code)
    )

    run = Pipeline(workspace, [step]).submit("maps")
    run.wait_for_completion(show_output=False)

    assert next(run.get_steps()).get_stdout_log() == "2 rows\n"
    assert (folder / "lake" / "clean" / "t.parquet").is_file()


def test_python_that_a_step_starts_reads_there_too(workspace, pool, folder):
    code = f"""
    import subprocess, sys
    code = "import pandas as pd; print(len(pd.read_csv('{TITANIC}/Titanic.csv')))"
    subprocess.run([sys.executable, "-c", code], check=True)
    """
    step = PythonScriptStep(
        "step.py", compute_target="cpucluster", source_directory=script(folder, code)
    )

    run = Pipeline(workspace, [step]).submit("maps")
    run.wait_for_completion(show_output=False)

    assert next(run.get_steps()).get_stdout_log() == "3\n"


def test_a_step_is_reused_while_the_folder_that_its_code_reads_is_the_same(workspace, pool, folder):
    code = f"""
    import pandas as pd
    print(len(pd.read_csv("{TITANIC}/Titanic.csv")))
    """
    step = PythonScriptStep(
        "step.py", compute_target="cpucluster", source_directory=script(folder, code)
    )

    def submit():
        run = Pipeline(workspace, [step]).submit("maps")
        run.wait_for_completion(show_output=False)
        (done,) = run.get_steps()
        return done

    submit()
    again = submit()
    file = folder / "clouds" / "titanic" / "Titanic.csv"
    file.write_text("Name,Age\nAnn,31\n")
    changed = submit()

    assert again.get_properties()["azureml.isreused"] == "true"
    assert changed.get_stdout_log() == "1\n"
    other = folder / "other"
    other.mkdir()
    (other / "Titanic.csv").write_text("Name,Age\nAnn,31\nBob,4\n")
    Datastore.map_address(workspace, TITANIC, other)
    assert submit().get_stdout_log() == "2\n"


def test_inputs_and_outputs_at_mapped_addresses(workspace, pool, folder):
    lake = Datastore.register(workspace, "lake", f"{LAKE}/out")
    table = Dataset.File.from_files(f"{TITANIC}/Titanic.csv")
    code = """
    import pathlib, sys
    text = pathlib.Path(sys.argv[1]).read_text()
    pathlib.Path(sys.argv[2], "copy.csv").write_text(text)
    """
    output = OutputFileDatasetConfig("copied", (lake, "results"))
    step = PythonScriptStep(
        "step.py",
        arguments=[table.as_named_input("people").as_mount(), output],
        compute_target="cpucluster",
        source_directory=script(folder, code),
    )

    Pipeline(workspace, [step]).submit("maps").wait_for_completion(show_output=False)

    assert (folder / "lake" / "out" / "results" / "copy.csv").read_text().startswith("Name,Age")


@pytest.mark.spark
def test_a_spark_step_reads_and_writes_under_real_addresses(workspace, pool, folder):
    part = folder / "a part"
    part.mkdir()
    Datastore.map_address(workspace, "hdfs://namenode:8020", part)
    Datastore.map_address(workspace, "s3://bucket/deep/er", part)
    code = f"""
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.getOrCreate()
    table = spark.read.option("header", "true").csv("{TITANIC}/Titanic.csv")
    table.write.mode("overwrite").parquet("{LAKE}/t")
    table.write.mode("overwrite").partitionBy("Name").parquet("{LAKE}/t")
    table.write.mode("append").partitionBy("Name").parquet("{LAKE}/t")
    print(spark.read.parquet("{LAKE}/t").count())
    table.write.csv("s3a://bucket/deep/er/csv")
    print(spark.read.csv("s3a://bucket/deep/er/csv").count())
    import pandas as pd
    print(len(pd.read_csv("{TITANIC}/Titanic.csv")))
    print(spark.read.csv("hdfs://namenode:8020/csv").count())
    stream = spark.readStream.schema(table.schema).parquet("{LAKE}/t").writeStream
    stream = stream.option("checkpointLocation", "{LAKE}/state").trigger(availableNow=True)
    stream.start("{LAKE}/streamed", format="parquet").awaitTermination()
    print(spark.read.parquet("{LAKE}/streamed").count())
    from pyspark.sql.functions import udf
    size = udf(lambda path: len(pd.read_csv(path)), "int")
    paths = spark.createDataFrame([("{TITANIC}/Titanic.csv",)], "path string")
    print(paths.select(size("path")).first()[0])
    try:
        spark.read.csv("s3a://bucket/other").count()
    except Exception as error:
        print("S3AFileSystem" in str(error))
    try:
        spark.read.csv("abfss://other@acct.dfs.core.windows.net/etc").count()
    except Exception as error:
        print("SecureAzureBlobFileSystem" in str(error))
    """
    step = SynapseSparkStep(
        "step.py", script(folder, code), "link1-spark01", "512m", 1, "512m", 1, 1, name="spark"
    )

    run = Pipeline(workspace, [step]).submit("maps")
    run.wait_for_completion(show_output=False)

    assert next(run.get_steps()).get_stdout_log().split() == [
        *("6", "3", "3", "3", "6", "3", "True", "True")
    ]
    assert (part / "csv" / "_SUCCESS").is_file()
    assert not list(folder.rglob("*.crc"))
