"""``%synapse``: what it says, and a session from start to stop."""

import json

import pytest

from synapse_magics.magics.session_magics import COMMANDS, SessionMagics


@pytest.fixture(autouse=True)
def _no_session():
    yield
    SessionMagics._end()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("%synapse start", "Missing compute target name argument."),
        ("%synapse start -c nobody", "Can't find compute target: nobody."),
        (
            "%synapse start -c cpucluster",
            "Compute target cpucluster is not a valid Synapse compute.",
        ),
        ("%synapse start -c link1-spark01 -f no.json", "Can't find the config file no.json."),
        ("%synapse start -c link1-spark01 -e nothing", "Environment not found!"),
        ("%synapse stop", "No active session to stop."),
        ("%synapse meta", "No active session to show metadata."),
        (
            "%%synapse\n1 + 1",
            "No active session. Please run '%synapse start' to start a new session.",
        ),
        ("%%synapse\n ", "No code to submit"),
        ("%%synapse start -c link1-spark01\n{a: 1}", "Wrong json format."),
        ("%synapse begin", "Wrong command. Please look at the usage"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_sdk(shell, pool, capsys, cell, text):
    shell.run(cell)

    assert text in capsys.readouterr().err


def test_the_attached_pools_are_listed(shell, pool, capsys):
    shell.run("%synapse list")

    assert json.loads(capsys.readouterr().out) == ["link1-spark01"]


@pytest.mark.parametrize("cell", ["%synapse ?", "%synapse help"])
def test_the_usage_is_told(shell, capsys, cell):
    shell.run(cell)

    assert "%synapse start -c link1-spark01" in capsys.readouterr().out


def test_nothing_is_sent_to_anybody(shell, capsys):
    shell.run("%synapse telemetry")

    assert capsys.readouterr().out == "{}\n"


def test_commands_and_computes_are_completed(shell, pool):
    assert {f"%synapse {name}" for name in COMMANDS} <= set(shell.complete("%synapse "))
    assert "%synapse start -c link1-spark01" in shell.complete("%synapse start -c li")


def test_an_environment_whose_packages_are_not_here_is_refused(shell, workspace, pool):
    from synapse_magics import Environment
    from synapse_magics.core.exceptions import NotSupportedError

    wanted = Environment("mine")
    wanted.python.conda_dependencies.add_pip_package("nobody-has-this==1.0")
    wanted.register(workspace)

    with pytest.raises(NotSupportedError, match="nobody-has-this") as caught:
        shell.run("%synapse start -c link1-spark01 -e mine")
    assert "%%spark_step" in caught.value.hint


@pytest.mark.spark
def test_a_session_from_start_to_stop(shell, pool, capsys):
    shell.names["pool_name"] = "link1-spark01"
    shell.run(
        '%%synapse start -c $pool_name -e AzureML-Minimal\n{"spark.sql.shuffle.partitions": "3"}'
    )
    told = capsys.readouterr().out
    assert told.startswith("Starting session 'aml_notebook_")
    assert "' under environment 'AzureML-Minimal', this may take several minutes " in told
    assert told.endswith(" Succeeded!\n")

    shell.run("%synapse start -c link1-spark01")
    assert "There is an active session running" in capsys.readouterr().err

    shell.run("%%synapse\nhere = spark.conf.get('spark.sql.shuffle.partitions')\nprint(here)")
    assert capsys.readouterr().out == "3\n"
    assert "here" not in shell.names
    shell.run("%%synapse scala\nprintln(spark.range(4).count)")
    assert "4\n" in capsys.readouterr().out

    shell.run("%synapse meta")
    meta = json.loads(capsys.readouterr().out)
    assert (meta["application_state"], meta["environment_name"]) == ("idle", "AzureML-Minimal")
    shell.run("%synapse stop")
    assert capsys.readouterr().out == "Session stopped.\n"
