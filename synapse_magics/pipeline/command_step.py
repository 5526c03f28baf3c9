"""Steps that are a command line."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_reference import VARIABLE
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.steps import PythonStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.compute import ComputeTarget
    from synapse_magics.pipeline.step import Sources

_SHELL = re.compile(
    # Quoted parts and escaped characters are no syntax; a reference is ours to put in.
    r"""(?P<kept>'[^']*'|\\.|\$""" + VARIABLE + r"""\w+|\$\{""" + VARIABLE + r"""\w+\})"""
    r"""|(?P<syntax>[|&;<>()`$*?~\n])|(?P<quoted>"(?:\\.|[^"\\])*")"""
)


class CommandStep(PythonStep):
    """A command line on an AmlCompute.

    It is started without a shell. ``python`` is the interpreter that runs the workspace's agent.

    Parameters
    ----------
    command : str or list, optional
        A text is split at blanks, as a shell does; a list may hold inputs, outputs and pipeline
        parameters. The ``ScriptRunConfig``'s if missing.
    name : str, optional
        ``CommandStep_<first word>`` if missing.
    compute_target : str, AmlCompute or tuple, optional
        The run configuration's if missing.
    runconfig : RunConfiguration or ScriptRunConfig, optional
        Environment, variables, target and time limit.
    inputs, outputs : list, optional
    params : mapping, optional
        Variables ``AML_PARAMETER_<name>``.
    source_directory : str, optional
        The folder that it runs in; the ``ScriptRunConfig``'s, the pipeline's, else the working
        directory.
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.
    version : str, optional
        A tag that is part of what tells results apart: another one makes the step run.
    runconfig_pipeline_params
        Not supported; refused if given.
    """

    def __init__(
        self,
        command: str | list[Any] | None = None,
        name: str | None = None,
        compute_target: str | tuple[str, str] | ComputeTarget | None = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: list[Any] | None = None,
        outputs: list[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        source_directory: Sources | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        own = runconfig if hasattr(runconfig, "run_config") else None
        if command is None:
            command = getattr(own or runconfig, "command", None)
        where = f"step {name or 'CommandStep'}"
        if not command or not isinstance(command, (str, list)):
            raise PipelineError(
                "command is required" if not command else "command must be a str or a list",
                where=where,
            )
        if source_directory is None:
            source_directory = getattr(own, "source_directory", None)
        arguments = split(command, where) if isinstance(command, str) else command
        first = PurePath(str(arguments[0])).name if isinstance(arguments[0], str) else ""
        super().__init__(
            name or f"CommandStep_{first}",
            "",
            arguments=arguments,
            compute_target=compute_target,
            runconfig=runconfig,
            runconfig_pipeline_params=runconfig_pipeline_params,
            inputs=inputs,
            outputs=outputs,
            params=params,
            source_directory=source_directory,
            allow_reuse=allow_reuse,
            version=version,
        )


def split(command: str, where: str) -> list[str]:
    """Return the words of a command line.

    Parameters
    ----------
    command : str
    where : str
        What a person calls the step.

    Returns
    -------
    list of str

    Raises
    ------
    NotSupportedError
        If only a shell understands it.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise PipelineError(f"the command cannot be split: {error}", where=where) from error
    syntax = next(filter(None, map(_syntax, _SHELL.finditer(command))), None)
    if syntax is None and words and re.match(r"[A-Za-z_]\w*=", words[0]):
        syntax = words[0]
    if syntax is not None:
        raise NotSupportedError(
            f"the command needs a shell for {syntax!r}, and is started without one",
            where=where,
            hint=f"command=['bash', '-c', {command!r}]",
        )
    if not words:
        raise PipelineError("command is required", where=where)
    return words


def _syntax(found: re.Match[str]) -> str | None:
    if found["syntax"]:
        return found["syntax"]
    inner = re.sub(r"\\.|\$\{?" + VARIABLE, "", found["quoted"] or "")
    return next((character for character in inner if character in "$`"), None)
