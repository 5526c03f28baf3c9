"""The twin of the cell magics: a function as a step, for editors that know Python alone."""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
import tokenize
from typing import TYPE_CHECKING, Any

from synapse_magics.pipeline import collection
from synapse_magics.pipeline.cell_values import to_json_value
from synapse_magics.pipeline.cells import CellStep, SparkSize
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.pipeline.errors import StepDefinitionError
from synapse_magics.store.specs import RetryOn, StepKind
from synapse_magics.store.warm_drivers import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from synapse_magics.core.dataset import AbstractDataset
    from synapse_magics.core.environment import Environment
    from synapse_magics.pipeline.steps import PipelineStep

    Inputs = Iterable[str] | Mapping[str, str | AbstractDataset]


_PARAMETER_ENDS = frozenset({",", "=", ")"})


def spark_step(
    name: str | None = None,
    *,
    compute: str,
    inputs: Inputs = (),
    outputs: Iterable[str] = (),
    register: Mapping[str, str] | None = None,
    arguments: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    driver_memory: str = MEMORY,
    driver_cores: int = 1,
    executor_memory: str = MEMORY,
    executor_cores: int = 1,
    num_executors: int = 1,
    conf: Mapping[str, str] | None = None,
    environment: Environment | None = None,
    allow_reuse: bool = True,
    version: str | None = None,
    timeout: float | None = None,
    retries: int = 0,
    retry_on: RetryOn | str = RetryOn.INFRASTRUCTURE,
) -> Callable[[Callable[..., object]], PipelineStep]:
    """Make a Spark step of a function, as ``%%spark_step`` does of a cell.

    The function's parameters are the declared names that it uses: inputs, outputs, ``spark``,
    ``run``, arguments. It sees nothing else of the notebook.

    Parameters
    ----------
    name : str, optional
        The function's name if missing.
    compute : str
        An attached Spark pool.
    inputs : iterable of str, or mapping
        Datasets and outputs of other steps; a mapping gives them other names.
    outputs : iterable of str
    register : mapping, optional
        The dataset name that an output is registered under.
    arguments : mapping, optional
        Fixed values by name.
    parameters : mapping, optional
        Defaults of pipeline parameters by name.
    driver_memory, executor_memory : str
    driver_cores, executor_cores, num_executors : int
    conf : mapping, optional
        More Spark configuration.
    environment : Environment, optional
    allow_reuse : bool
        Take over an earlier result where nothing has changed that could change it.
    version : str, optional
        A tag that is part of what tells results apart: another one makes the step run.
    timeout : float, optional
        Seconds that one attempt may take.
    retries : int
        How many attempts more it gets after a failure that its code is not to blame for.
    retry_on : RetryOn or str
        ``any`` gives it another attempt whatever has failed.

    Returns
    -------
    callable
        A decorator that returns the step.
    """
    size = SparkSize(
        driver_memory,
        driver_cores,
        executor_memory,
        executor_cores,
        num_executors,
        dict(conf or {}),
    )

    def decorate(function: Callable[..., object]) -> PipelineStep:
        return _define(
            function,
            name,
            StepKind.SPARK,
            compute,
            inputs,
            outputs,
            registrations=dict(register or {}),
            arguments=dict(arguments or {}),
            parameters=dict(parameters or {}),
            size=size,
            environment=environment,
            allow_reuse=allow_reuse,
            version=version,
            timeout=timeout,
            retries=retries,
            retry_on=RetryOn(retry_on),
        )

    return decorate


def python_step(
    name: str | None = None,
    *,
    compute: str,
    inputs: Inputs = (),
    outputs: Iterable[str] = (),
    register: Mapping[str, str] | None = None,
    arguments: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    environment: Environment | None = None,
    allow_reuse: bool = True,
    version: str | None = None,
    timeout: float | None = None,
    retries: int = 0,
    retry_on: RetryOn | str = RetryOn.INFRASTRUCTURE,
) -> Callable[[Callable[..., object]], PipelineStep]:
    """Make a Python step of a function, as ``%%python_step`` does of a cell.

    Parameters
    ----------
    name, inputs, outputs, register, arguments, parameters, environment, allow_reuse, version, \
    timeout, retries, retry_on
        As for :func:`spark_step`.
    compute : str
        An AmlCompute.

    Returns
    -------
    callable
        A decorator that returns the step.
    """

    def decorate(function: Callable[..., object]) -> PipelineStep:
        return _define(
            function,
            name,
            StepKind.PYTHON,
            compute,
            inputs,
            outputs,
            registrations=dict(register or {}),
            arguments=dict(arguments or {}),
            parameters=dict(parameters or {}),
            environment=environment,
            allow_reuse=allow_reuse,
            version=version,
            timeout=timeout,
            retries=retries,
            retry_on=RetryOn(retry_on),
        )

    return decorate


def _define(
    function: Callable[..., object],
    name: str | None,
    kind: StepKind,
    compute: str,
    inputs: Inputs,
    outputs: Iterable[str],
    **options: Any,
) -> PipelineStep:
    from collections.abc import Mapping  # noqa: PLC0415 - needed at run time here only

    chosen = name or function.__name__
    for group in ("arguments", "parameters"):
        options[group] = {
            key: to_json_value(key, value, f"{group} of step {chosen}")
            for key, value in options[group].items()
        }
    sources = dict(inputs) if isinstance(inputs, Mapping) else {item: item for item in inputs}
    cell = CellStep(
        name=chosen,
        kind=kind,
        compute=compute,
        text=function_text(function),
        inputs=sources,
        outputs=tuple(outputs),
        **options,
    )
    unknown = [item for item in inspect.signature(function).parameters if item not in cell.declared]
    if unknown:
        raise StepDefinitionError(
            f"the function takes {unknown[0]!r}, which the step does not declare",
            where=f"step {chosen}",
            hint=f"inputs=[{unknown[0]!r}] if it is an input",
        )
    if function.__name__ in cell.declared:
        raise StepDefinitionError(
            f"the function {function.__name__!r} hides the variable of that name",
            where=f"step {chosen}",
            hint="choose another name for the function",
        )
    workspace = current_workspace()
    return collection.current.define(workspace, cell, function.__globals__).step


def function_text(function: Callable[..., object]) -> str:
    """Return a script that calls a function; its line numbers are those where it was written.

    Parameters
    ----------
    function : callable

    Returns
    -------
    str

    Raises
    ------
    StepDefinitionError
        If its source cannot be found.
    """
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise StepDefinitionError(
            "the source of the function cannot be found",
            where=getattr(function, "__qualname__", repr(function)),
            hint="define it in a cell or a file, not through exec",
        ) from None
    place = getattr(function, "__qualname__", "")
    source = textwrap.dedent("".join(lines))
    try:
        definition = ast.parse(source).body[0]
    except SyntaxError:
        definition = None  # part of a statement: a lambda
    if not isinstance(definition, ast.FunctionDef):
        raise StepDefinitionError("only a plain function can be a step", where=place)
    if len(definition.decorator_list) > 1:
        raise StepDefinitionError(
            "a step's function has no other decorator: it would be lost",
            where=place,
            hint="decorate a function inside of it",
        )
    # The decorator stays behind as empty lines, so that the numbers are right.
    kept = source.split("\n")[definition.lineno - 1 :]
    head = [""] * (max(first, 1) - 1 + definition.lineno - 1)
    if head:
        head[0] = f"# step function {function.__name__}"
    call = ", ".join(f"{item}={item}" for item in inspect.signature(function).parameters)
    body = without_annotations("\n".join(kept))
    return "\n".join([*head, body, "", f"{function.__name__}({call})", ""])


def without_annotations(source: str) -> str:
    """Return a function's source without the annotations of its signature.

    Python would evaluate them in the step, where the notebook's imports are not. All else stays
    where it is.

    Parameters
    ----------
    source : str
        Begins with ``def``.

    Returns
    -------
    str
    """
    lines = [list(line) for line in source.split("\n")]
    depth = lambdas = 0
    inside = False  # the parameters; what a type parameter is bound to, before them, stays
    start: tuple[int, int] | None = None  # of the annotation that is being read,
    within = 1  # and in how many brackets it stands: a parameter's in one, the result's in none
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string if token.type in {tokenize.OP, tokenize.NAME} else ""
        if start is not None:
            if depth == within and text in (_PARAMETER_ENDS if within else {":"}):
                _blank(lines, start, token.start if within else token.end)
                start = None
        elif text == "lambda":
            lambdas += 1
        elif text == ":" and lambdas:
            lambdas -= 1
        elif text == "(" and not depth:
            inside = True
        elif text == ":" and depth == 1 and inside:
            start = token.start
        elif text == "->":
            # The colon goes to where the signature ends now: the annotation may go on for lines.
            start, within = (token.start[0], token.start[1] + 1), 0
            lines[token.start[0] - 1][token.start[1]] = ":"
        if start is None and not depth and text == ":":
            break
        depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
    return "\n".join("".join(line) for line in lines)


def _blank(lines: list[list[str]], start: tuple[int, int], end: tuple[int, int]) -> None:
    for row in range(start[0], end[0] + 1):
        line = lines[row - 1]
        first = start[1] if row == start[0] else 0
        last = end[1] if row == end[0] else len(line)
        line[first:last] = " " * (last - first)
