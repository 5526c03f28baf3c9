"""``synapse-magics runs``, ``status``, ``cancel``, ``resume``: what was submitted, how it goes."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from synapse_magics.cli._console import (
    add_command,
    add_folder,
    as_argument,
    open_workspace,
    say,
    whole_number,
)
from synapse_magics.store.runs import short_id

if TYPE_CHECKING:
    import argparse

    from synapse_magics.cli._console import Commands
    from synapse_magics.core.pipeline_run import PipelineRun
    from synapse_magics.core.run import Run

_CANCEL_SECONDS = 10.0
_RUN = "a run's id, the beginning of it, or 'last' (default: last)"


def add_runs(commands: Commands) -> None:
    """Add the command that lists runs.

    Parameters
    ----------
    commands : argparse action
    """
    parser = add_command(commands, "runs", "list the runs of a workspace, or compare some", _runs)
    parser.add_argument("experiment", nargs="?", metavar="EXPERIMENT", help="only its runs")
    parser.add_argument(
        *("-n", "--number"),
        type=as_argument(whole_number),
        default=20,
        metavar="N",
        help="how many, newest first (default: 20)",
    )
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="NAME[=TEXT]",
        help="only runs with this tag; may be given repeatedly",
    )
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar="RUN",
        help="put runs side by side: parameters, tags, metrics",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for other programs")
    add_folder(parser)


def _runs(arguments: argparse.Namespace) -> int:
    from synapse_magics.core import run_search  # noqa: PLC0415 - only if needed
    from synapse_magics.core.run_comparison import compare  # noqa: PLC0415
    from synapse_magics.widgets import run_tables  # noqa: PLC0415

    workspace = open_workspace(arguments)
    if arguments.compare:
        names = [name for item in arguments.compare for name in item.split(",") if name]
        found = compare([run_search.find_run(workspace, name) for name in names])
        if arguments.json:
            facts = {row.what: dict(zip(found.runs, row.facts, strict=True)) for row in found.rows}
            say(_to_json(facts))
        else:
            say(repr(run_tables.comparison_table(found)))
        return 0
    runs = run_search.find_runs(
        workspace,
        arguments.experiment,
        tags=run_search.parse_tags(arguments.tag),
        limit=arguments.number,
    )
    if arguments.json:
        say(_to_json([_as_json(run, steps=False) for run in runs]))
    else:
        say(repr(run_tables.runs_table(runs)) if runs else "no runs")
    return 0


def add_status(commands: Commands) -> None:
    """Add the command that shows a run.

    Parameters
    ----------
    commands : argparse action
    """
    parser = add_command(commands, "status", "show a run as it is now", _status)
    parser.add_argument("run", nargs="?", default="last", metavar="RUN", help=_RUN)
    parser.add_argument(
        "--wait", action="store_true", help="wait for its end; exit with 1 unless it completes"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for other programs")
    add_folder(parser)


def _status(arguments: argparse.Namespace) -> int:
    run = _find(arguments)
    if arguments.wait:
        _wait(run, quiet=arguments.json)
    _show(run, as_json=arguments.json)
    return _exit_code(run) if arguments.wait else 0


def add_cancel(commands: Commands) -> None:
    """Add the command that cancels a run.

    Parameters
    ----------
    commands : argparse action
    """
    about = "end a run with everything that it started"
    parser = add_command(commands, "cancel", about, _cancel)
    parser.add_argument("run", metavar="RUN", help="a run's id, the beginning of it, or 'last'")
    add_folder(parser)


def _cancel(arguments: argparse.Namespace) -> int:
    run = _find(arguments)
    if run.record.status.is_terminal:
        say(f"run {short_id(run.id)} had ended before: {run.status}")
        return 0
    run.cancel()
    status = run.wait(_CANCEL_SECONDS)
    say(f"run {short_id(run.id)}: {status}")
    return 0 if status.is_terminal else 1


def add_resume(commands: Commands) -> None:
    """Add the command that goes on from a run.

    Parameters
    ----------
    commands : argparse action
    """
    about = "submit a run once more as it was: what completed is kept, the rest runs"
    parser = add_command(commands, "resume", about, _resume)
    parser.add_argument("run", nargs="?", default="last", metavar="RUN", help=_RUN)
    parser.add_argument(
        "--wait", action="store_true", help="wait for its end; exit with 1 unless it completes"
    )
    add_folder(parser)


def _resume(arguments: argparse.Namespace) -> int:
    from synapse_magics.pipeline.resumption import resume  # noqa: PLC0415 - only if needed

    run = resume(_find(arguments))
    say(f"submitted run {run.id}")
    if not arguments.wait:
        say(f"synapse-magics status {short_id(run.id)} shows it")
        return 0
    _wait(run)
    _show(run, as_json=False)
    return _exit_code(run)


def _find(arguments: argparse.Namespace) -> PipelineRun:
    from synapse_magics.core import run_search  # noqa: PLC0415 - only if needed

    return run_search.find_run(open_workspace(arguments), arguments.run)


def _wait(run: PipelineRun, *, quiet: bool = False) -> None:
    """Wait for the end of a run; say each change of a status."""
    seen, ended = 0, False
    while not ended:
        ended = run.wait(0.3).is_terminal
        names = {step.id: step.name for step in run.state.steps}
        for event in run.workspace.store.runs.events(run.id, seen):
            seen = event.id
            if not quiet:
                words = f"{names.get(event.run_id, run.name)}  {event.before} -> {event.after}"
                say(f"{words}  {event.message}".rstrip())
    if not quiet:
        say("")


def _show(run: PipelineRun, *, as_json: bool) -> None:
    from synapse_magics.widgets.render_run import render_text  # noqa: PLC0415 - only if needed

    if as_json:
        say(_to_json(_as_json(run, steps=True)))
    else:
        say(render_text(run.state, terminal=True).rstrip())


def _to_json(data: Any) -> str:
    # JSON has no word for these numbers, and Python writes NaN.
    return json.dumps(_finite(data), indent=2, allow_nan=False)


def _finite(data: Any) -> Any:
    if isinstance(data, float) and not math.isfinite(data):
        return None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    return [_finite(item) for item in data] if isinstance(data, (list, tuple)) else data


def _exit_code(run: Run) -> int:
    return 0 if run.status == "Completed" else 1


def _as_json(run: Run, *, steps: bool) -> dict[str, object]:
    state = asdict(run.state)
    state["status"] = run.status
    state["tags"] = run.tags
    state["steps"] = [
        {**step, "status": str(step["status"]), "kind": str(step["kind"])}
        if steps
        else {"name": step["name"], "status": str(step["status"])}
        for step in state["steps"]
    ]
    return state
