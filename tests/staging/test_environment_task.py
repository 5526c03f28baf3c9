"""The environment of a step is built once, whole or not at all."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from support import wait_until
from wheels import make_wheel, serve_index, without_network

from synapse_magics.staging.environment import BuildEnvironment
from synapse_magics.staging.failure import StagingError
from synapse_magics.staging.task import Desk
from synapse_magics.store.environments import is_ready, place_of, python_of
from synapse_magics.store.requirements import RequirementSet

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    without_network(monkeypatch, tmp_path)


@pytest.fixture
def wheels(tmp_path):
    return tmp_path / "wheels"


class Ear(Desk):
    """A desk that remembers what was said."""

    said: list = []  # noqa: RUF012 - of one test: the fixture empties it

    def say(self, text):
        self.said.append(text)


@pytest.fixture
def desk():
    Ear.said.clear()
    return Ear()


def task(tmp_path, *pip, options=None, python=THIS, **fields):
    wanted = RequirementSet(
        python, pip, ("--no-index", "--find-links wheels") if options is None else options
    )
    return BuildEnvironment(
        str(place_of(tmp_path / "state", wanted.key)),
        wanted.to_dict(),
        str(tmp_path),
        where="environment of step train",
        **fields,
    )


def ask(built, code):
    """Return what a line of Python prints in an environment."""
    python = python_of(built)
    return subprocess.run(
        [python, "-Ic", code], capture_output=True, text=True, check=False
    ).stdout.strip()


def place(of):
    from pathlib import Path

    return Path(of.place)


def builder(task, tmp_path):
    """Start the process that carries out a task."""
    told = {
        "tasks": [task.plain()],
        "error": str(tmp_path / "error.json"),
        "reserve": str(tmp_path / "reserve"),
        "leash": None,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "synapse_magics.staging"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    process.stdin.write(json.dumps(told))
    process.stdin.close()
    process.stdin = None  # so that communicate() does not flush it
    return process


def test_an_environment_has_what_was_asked_for(tmp_path, wheels, desk):
    make_wheel(wheels, "thing", "1.2", requires=["part>=2"])
    make_wheel(wheels, "part", "2.0")
    wanted = task(tmp_path, "thing==1.2")
    wanted.carry_out(desk)

    assert is_ready(place(wanted))
    assert ask(place(wanted), "import thing, part; print(thing.VERSION, part.VERSION)") == "1.2 2.0"


def test_the_log_tells_what_is_done(tmp_path, wheels, desk):
    make_wheel(wheels, "thing", "1.2")
    task(tmp_path, "thing").carry_out(desk)

    first, *between, last = desk.said
    assert first == f"environment of step train: building it of 1 requirement for Python {THIS}"
    assert " + thing==1.2" in between
    assert last.startswith("environment of step train: built in ")


def test_what_is_there_is_not_built_again(tmp_path, wheels, desk):
    make_wheel(wheels, "thing", "1.2")
    wanted = task(tmp_path, "thing")
    wanted.carry_out(desk)
    desk.said.clear()
    make_wheel(wheels, "thing", "1.3")
    wanted.carry_out(desk)

    assert desk.said == []
    assert ask(place(wanted), "import thing; print(thing.VERSION)") == "1.2"


def test_the_resolver_has_the_word(tmp_path, wheels, desk):
    make_wheel(wheels, "thing", "1.2")
    wanted = task(tmp_path, "thing>=2")
    with pytest.raises(StagingError, match=r"only thing==1\.2 is available") as caught:
        wanted.carry_out(desk)

    assert caught.value.where == "environment of step train"
    assert not place(wanted).exists()


def test_requirements_that_exclude_each_other(tmp_path, wheels, desk):
    make_wheel(wheels, "part", "1.0")
    make_wheel(wheels, "part", "2.0")
    make_wheel(wheels, "one", "1.0", requires=["part<2"])
    make_wheel(wheels, "other", "1.0", requires=["part>=2"])

    with pytest.raises(StagingError, match="are incompatible"):
        task(tmp_path, "one", "other").carry_out(desk)


def test_the_sdk_never_comes_along(tmp_path, wheels, desk):
    make_wheel(wheels, "thing", "1.2", requires=["azureml-core", "part"])
    make_wheel(wheels, "part", "2.0")
    wanted = task(tmp_path, "thing")
    wanted.carry_out(desk)

    assert ask(place(wanted), "import thing, part; print('there')") == "there"
    assert not list(place(wanted).rglob("azureml*"))


def test_two_builders_at_once_build_once(tmp_path, wheels):
    make_wheel(wheels, "thing", "1.2")
    wanted = task(tmp_path, "thing")
    builders = [builder(wanted, tmp_path) for _ in range(2)]
    logs = [process.communicate()[1] for process in builders]

    assert [process.returncode for process in builders] == [0, 0]
    assert sum("building it" in log for log in logs) == 1
    assert ask(place(wanted), "import thing; print(thing.VERSION)") == "1.2"


@pytest.fixture
def slow_uv(tmp_path, monkeypatch):
    """Put a uv in front that makes the environment, and then waits for ever to install."""
    from synapse_magics.store.installers import find_uv

    program = tmp_path / "bin" / "uv"
    program.parent.mkdir()
    program.write_text(
        textwrap.dedent(f"""\
        #!{sys.executable}
        import os, sys, time
        if sys.argv[1] == "pip":
            open({str(tmp_path / "installing")!r}, "w").close()
            time.sleep(600)
        os.execv({find_uv()!r}, ["uv", *sys.argv[1:]])
        """)
    )
    program.chmod(0o700)
    # The builder's own process is to find this one: the package is put out of its sight.
    hide = tmp_path / "hide"
    hide.mkdir()
    (hide / "sitecustomize.py").write_text(
        "import importlib.util as u\n_find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'uv' else _find(name, *more)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        path = [str(hide), os.environ.get("PYTHONPATH", "")]
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
        yield patch


def test_what_a_killed_builder_left_is_not_taken_for_ready(tmp_path, wheels, slow_uv, desk):
    make_wheel(wheels, "thing", "1.2")
    wanted = task(tmp_path, "thing")
    killed = builder(wanted, tmp_path)
    wait_until((tmp_path / "installing").exists)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert python_of(place(wanted)).exists()
    assert not is_ready(place(wanted))

    slow_uv.undo()
    wanted.carry_out(desk)
    assert ask(place(wanted), "import thing; print(thing.VERSION)") == "1.2"


def test_a_builder_that_is_told_to_end_leaves_nothing(tmp_path, wheels, slow_uv):
    make_wheel(wheels, "thing", "1.2")
    wanted = task(tmp_path, "thing")
    ended = builder(wanted, tmp_path)
    wait_until((tmp_path / "installing").exists)
    os.killpg(ended.pid, signal.SIGTERM)
    ended.communicate()

    assert not place(wanted).exists()


def test_without_uv(tmp_path, wheels, monkeypatch, desk):
    monkeypatch.setattr("synapse_magics.staging.environment.find_uv", lambda: None)

    with pytest.raises(StagingError, match="takes uv") as caught:
        task(tmp_path, "thing").carry_out(desk)
    assert caught.value.hint == "pip install 'synapse-magics[environments]'"


def test_a_python_that_is_not_installed(tmp_path, wheels, desk):
    with pytest.raises(StagingError, match=r"No interpreter found for Python 3\.99") as caught:
        task(tmp_path, "thing", python="3.99").carry_out(desk)

    assert caught.value.hint.startswith("install Python 3.99, or ask for none")


def test_credentials_of_an_index_are_seen_by_nobody(tmp_path, wheels, monkeypatch, desk):
    monkeypatch.delenv("UV_OFFLINE")
    make_wheel(wheels, "thing", "1.2")
    with serve_index(wheels, "Basic bWU6cGFzc3dvcmQtMQ==") as (port, asked):
        address = f"http://me:${{keyvault:index-host}}@127.0.0.1:{port}/simple"
        wanted = task(
            tmp_path,
            "thing",
            options=(f"--index-url {address}",),
            secrets={"keyvault:index-host": "password-1"},
        )
        wanted.carry_out(desk)

    assert ask(place(wanted), "import thing; print(thing.VERSION)") == "1.2"
    assert ("/simple/thing/", "Basic bWU6cGFzc3dvcmQtMQ==") in asked
    assert "password-1" not in "\n".join(desk.said) + repr(wanted)
    files = [file for file in place(wanted).rglob("*") if file.is_file()]
    assert not any(b"password-1" in file.read_bytes() for file in files)


def test_the_mirror_that_pip_was_told_of_is_used(tmp_path, wheels, monkeypatch, desk):
    monkeypatch.delenv("UV_OFFLINE")
    make_wheel(wheels, "thing", "1.2")
    with serve_index(wheels) as (port, _):
        configuration = tmp_path / "pip.conf"
        configuration.write_text(
            f"[global]\nindex-url = http://me:password-2@127.0.0.1:{port}/simple\n"
        )
        monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
        wanted = task(tmp_path, "thing", options=())
        wanted.carry_out(desk)

    assert ask(place(wanted), "import thing; print(thing.VERSION)") == "1.2"
    assert "password-2" not in "\n".join(desk.said)
    files = [file for file in place(wanted).rglob("*") if file.is_file()]
    assert not any(b"password-2" in file.read_bytes() for file in files)


def test_a_reference_to_what_is_not_there(tmp_path, desk):
    wanted = task(tmp_path, "thing", options=("--index-url https://${GONE_TOKEN}@host/simple",))

    with pytest.raises(StagingError, match=r"refers to \$\{GONE_TOKEN\}"):
        wanted.carry_out(desk)


def test_what_only_conda_has_is_made_by_conda(tmp_path, wheels, monkeypatch, desk):
    make_wheel(wheels, "thing", "1.2")
    program = tmp_path / "micromamba"
    program.write_text(
        textwrap.dedent(f"""\
        #!{sys.executable}
        import json, subprocess, sys
        json.dump(sys.argv[1:], open({str(tmp_path / "asked.json")!r}, "w"))
        place = sys.argv[sys.argv.index("--prefix") + 1]
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
        """)
    )
    program.chmod(0o700)
    monkeypatch.setenv("MAMBA_EXE", str(program))
    wanted = RequirementSet(
        THIS,
        ("thing",),
        ("--no-index", "--find-links wheels"),
        conda=("libgcc",),
        channels=("conda-forge",),
    )
    built = place_of(tmp_path / "state", wanted.key)
    BuildEnvironment(str(built), wanted.to_dict(), str(tmp_path)).carry_out(desk)

    asked = json.loads((tmp_path / "asked.json").read_text())
    assert asked[:3] == ["create", "--yes", "--quiet"]
    assert asked[-5:] == [
        "--override-channels",
        "--channel",
        "conda-forge",
        f"python={THIS}",
        "libgcc",
    ]
    assert ask(built, "import thing; print(thing.VERSION)") == "1.2"
