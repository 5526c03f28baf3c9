"""The magic of Azure ML SDK v1 for interactive sessions: ``%synapse`` and ``%%synapse``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import IPython
from IPython.core.magic import line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.core._console import say
from synapse_magics.magics.base import HELP, NotebookMagics
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.magics.session_output import CellOutput, Ticks, tell, told
from synapse_magics.magics.session_target import (
    compute_names,
    find_workspace,
    read_conf,
    session_settings,
)
from synapse_magics.sessions.errors import SessionError
from synapse_magics.sessions.session import Session
from synapse_magics.sessions.states import SessionState

if TYPE_CHECKING:
    import argparse

    from IPython.core.interactiveshell import InteractiveShell


COMMANDS = (
    "start",
    "stop",
    "meta",
    "list",
    "pyspark",
    "spark",
    "scala",
    "client",
    "telemetry",
    "help",
)
"""The sub-commands."""

_KINDS = {"": "pyspark", "pyspark": "pyspark", "spark": "spark", "scala": "spark"}
_HELP = frozenset({"?", "help"})

_STOP_FIRST = "There is an active session running, please run '%synapse stop' to stop it first."
_NO_SESSION = "No active session. Please run '%synapse start' to start a new session."
_START_ANEW = (
    "Session is {}. Please run '%synapse stop' to stop it and then '%synapse start' to start a new "
    "one."
)


@magics_class
class SessionMagics(NotebookMagics):
    """``%synapse`` and ``%%synapse``."""

    # Of the kernel, so that loading the extension again does not lose it.
    session: ClassVar[Session | None] = None

    @no_var_expand
    @line_cell_magic
    @magic_arguments()
    @argument("command", nargs="*", default=[], help=f"One of {', '.join(COMMANDS)}.")
    @argument("-s", "--subscription-id", help="The Azure subscription of the workspace.")
    @argument("-r", "--resource-group", help="The resource group of the workspace.")
    @argument("-w", "--workspace-name", help="The workspace; -s, -r and -w together are used.")
    @argument("-f", "--config-file", help="The config.json of the workspace.")
    @argument("-c", "--compute-target", help="The attached Spark pool.")
    @argument("--driver-memory", help="28g if missing, or what this machine has.")
    @argument("--driver-cores", type=int, help="4 if missing; said, not enforced.")
    @argument("--executor-memory", help="28g if missing; said, not enforced.")
    @argument("--executor-cores", type=int, help="4 if missing; said, not enforced.")
    @argument("-n", "--num-executors", type=int, help="2 if missing; said, not enforced.")
    @argument(
        "-t",
        "--session-timeout",
        type=int,
        default=30,
        help="After how many minutes without a statement the session ends; 30 if missing.",
    )
    @argument("--start-timeout", type=int, help="How many seconds the start may take.")
    @argument("-e", "--environment", help="An environment; its packages must be installed here.")
    @argument("--environment-version", help="Its version; the latest if missing.")
    @HELP
    def synapse(self, line: str, cell: str | None = None) -> None:
        """Run cells in a Spark session of their own: start it, send code, stop it.

        A session's names are not the notebook's. It has ``spark``, ``sc`` and ``sqlContext``.

        Examples::

            %synapse start -c link1-spark01 -e AzureML-Minimal
            %%synapse
            spark.range(10).show()
            %%synapse scala
            spark.range(10).show()
            %synapse meta
            %synapse stop
            %synapse list
            %%synapse start -c link1-spark01 --start-timeout 600
            {"spark.sql.shuffle.partitions": "4"}
        """
        args = self.parse(self.synapse, line)
        if args is None:
            return
        command = " ".join(args.command)
        if command in _HELP:
            say(self._usage())
        elif command == "start":
            told(lambda: self._start(args, cell or ""))
        elif command in _KINDS and cell is not None:
            self._without_options(args, command)
            told(lambda: self._run(_KINDS[command], cell))
        elif command == "list":
            told(lambda: say(json.dumps(compute_names(find_workspace(args)))))
        elif command in {"stop", "meta", "client", "telemetry"} and not (cell or "").strip():
            self._without_options(args, command)
            getattr(self, f"_{command}")()
        else:
            text = f"Wrong command. Please look at the usage\n{self._usage()}"
            tell(SessionError(text))

    def _usage(self) -> str:
        return (self.synapse.__doc__ or "").removeprefix("::").strip()

    def _without_options(self, args: argparse.Namespace, command: str) -> None:
        defaults = {action.dest: action.default for action in _parser(self.synapse)._actions}  # noqa: SLF001
        for name, value in vars(args).items():
            if name not in {"command", "help"} and value != defaults[name]:
                raise MagicUsageError(
                    f"--{name.replace('_', '-')} is for %synapse start",
                    where=f"%synapse {command}".strip(),
                    hint="leave it out here",
                )

    def _start(self, args: argparse.Namespace, body: str) -> None:
        if SessionMagics.session is not None:
            if not SessionMagics.session.state.is_final:
                raise SessionError(_STOP_FIRST)
            self._end()
        conf = read_conf(body)
        settings = session_settings(args, find_workspace(args), conf)
        session = Session(settings)
        say(f"Starting session '{settings.name}'{_under(args)}, this may take several minutes ", "")
        try:
            session.start(Ticks().tick)
        except BaseException:
            say()
            raise
        SessionMagics.session = session
        say(" Succeeded!")

    def _run(self, kind: str, code: str) -> None:
        if not code.strip():
            raise SessionError("No code to submit")
        session = SessionMagics.session
        if session is None:
            raise SessionError(_NO_SESSION)
        if session.state is not SessionState.IDLE:
            raise SessionError(_START_ANEW.format(session.state))
        # Not execution_count: by then it is the next cell's in some versions of IPython.
        history = None if self.shell is None else self.shell.history_manager
        count = 0 if history is None else len(history.input_hist_raw) - 1
        # The magic's line is the first one of the cell.
        text = f"\n{code}" if kind == "pyspark" else code
        session.run(text, kind, f"cell In[{count}]", CellOutput())

    def _stop(self) -> None:
        if SessionMagics.session is None:
            sys.stderr.write("No active session to stop.\n")
            return
        self._end()
        say("Session stopped.")

    @staticmethod
    def _end() -> None:
        session, SessionMagics.session = SessionMagics.session, None
        if session is not None:
            session.stop()

    @staticmethod
    def _meta() -> None:
        if SessionMagics.session is None:
            sys.stderr.write("No active session to show metadata.\n")
            return
        say(json.dumps(SessionMagics.session.metadata(), indent=4, sort_keys=True))

    def _client(self) -> None:
        kind = type(self.shell)
        found = {"client": f"{kind.__module__}.{kind.__qualname__}", "ipython": IPython.__version__}
        say(json.dumps(found))

    @staticmethod
    def _telemetry() -> None:
        say("{}")  # nothing is sent to anybody


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Bring what a notebook finds where Azure ML's own magic is installed, and nothing else.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    from synapse_magics.azureml import install  # noqa: PLC0415 - only in IPython

    install()
    shell.register_magics(SessionMagics)


def _parser(magic: Any) -> argparse.ArgumentParser:
    found: argparse.ArgumentParser = magic.parser
    return found


def _under(args: argparse.Namespace) -> str:
    if args.environment is None:
        return ""
    version = f".{args.environment_version}" if args.environment_version else ""
    return f" under environment '{args.environment}{version}'"
