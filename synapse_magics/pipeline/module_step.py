"""A step that runs a version of a module."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any

from synapse_magics.core.data_config import DatasetConsumptionConfig
from synapse_magics.core.names import type_of
from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.module import Module, ModuleVersion
from synapse_magics.pipeline.port_defs import InputPortDef, OutputPortDef
from synapse_magics.pipeline.ports import port_name
from synapse_magics.pipeline.steps import PythonScriptStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)


class ModuleStep(PythonScriptStep):
    """A step that runs a version of a module, with data bound to the module's ports.

    Parameters
    ----------
    module : Module, optional
        Either this, with a ``version`` or its default one, or ``module_version``.
    version : str, optional
    module_version : ModuleVersion, optional
    inputs_map, outputs_map : mapping, optional
        What is bound to each port, by the port's name. The script knows an input by that name.
    compute_target : str or AmlCompute
    runconfig, runconfig_pipeline_params
        As for :class:`PythonScriptStep`.
    arguments : list, optional
        In place of those that the module was published with; ports stand for what is bound to them.
    params : mapping, optional
        Values in place of the module's.
    name : str, optional
        The module's if missing.
    """

    def __init__(
        self,
        module: Module | None = None,
        version: str | None = None,
        module_version: ModuleVersion | None = None,
        inputs_map: Mapping[str, Any] | None = None,
        outputs_map: Mapping[str, Any] | None = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        arguments: Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        name: str | None = None,
        _workflow_provider: object = None,
    ) -> None:
        chosen = self._module_version = _chosen(module, version, module_version)
        owner = Module.get(chosen._workspace, chosen.module_id)  # noqa: SLF001 - of one family
        step = name or owner.name
        if owner.status == "Disabled":
            raise PipelineError(
                f"the module {owner.name} is Disabled",
                where=f"step {step}",
                hint="module.enable() lets steps use it",
            )
        if owner.status == "Deprecated":
            log.warning("the module %s is deprecated", owner.name)
        inputs = _bound_inputs(chosen, inputs_map or {}, step)
        outputs = dict(outputs_map or {})
        _check_known(outputs, [port.name for port in chosen.outputs], "output", step)
        line = chosen.arguments if arguments is None else list(arguments)
        values = {**chosen.params, **(params or {})}
        super().__init__(
            chosen.script_name,
            name=step,
            arguments=_line(line, inputs, outputs, step),
            compute_target=compute_target,
            runconfig=runconfig,
            runconfig_pipeline_params=runconfig_pipeline_params,
            inputs=list(inputs.values()),
            outputs=list(outputs.values()),
            params=values or None,
            version=chosen.version,
        )
        made = self.outputs[: len(outputs)]
        self.output_ports = {
            port_name(output): port for output, port in zip(made, outputs, strict=True)
        }

    def files(self, default_folder: str | None = None) -> dict[str, bytes]:
        """Return the sources as the module was published with them.

        Parameters
        ----------
        default_folder : str, optional
            Ignored: they are not taken from a folder.

        Returns
        -------
        dict
        """
        del default_folder
        return self._module_version.files()

    def check_files(self, default_folder: str | None = None) -> None:
        """Do nothing: the script was there when the module was published."""


def _chosen(
    module: Module | None, version: str | None, module_version: ModuleVersion | None
) -> ModuleVersion:
    if (module is None) == (module_version is None):
        raise PipelineError("either module or module_version is required", where="ModuleStep")
    if module_version is not None:
        if version is not None:
            raise PipelineError("version goes with module only", where="ModuleStep")
        return module_version
    if not isinstance(module, Module):
        raise PipelineError(
            f"module must be a Module, not {type_of(module)}",
            where="ModuleStep",
        )
    found = module.resolve(version)
    if found is None:
        known = ", ".join(item.version for item in module.module_version_list())
        raise PipelineError(
            f"the module {module.name} has no version {version or 'yet'}",
            where="ModuleStep",
            hint=f"versions: {known or 'none; publish_python_script(...) makes one'}",
        )
    return found


def _bound_inputs(version: ModuleVersion, given: Mapping[str, Any], step: str) -> dict[str, Any]:
    ports = {port.name: port for port in version.inputs}
    _check_known(given, list(ports), "input", step)
    for port in ports.values():
        if port.name not in given and not port.is_optional:
            raise PipelineError(
                f"the input port {port.name} is not bound",
                where=f"step {step}",
                hint=f"inputs_map={{{port.name!r}: ...}}",
            )
    return {name: _bound(ports[name], item) for name, item in given.items()}


def _check_known(given: Mapping[str, Any], known: list[str], what: str, step: str) -> None:
    for name in given:
        if name not in known:
            raise PipelineError(
                f"the module has no {what} port {name}",
                where=f"step {step}",
                hint=f"its {what} ports: {', '.join(known) or 'none'}",
            )


def _bound(port: InputPortDef, item: Any) -> Any:
    """Return something that is bound to a port, under the port's name."""
    if isinstance(item, DatasetConsumptionConfig):
        twin = copy.copy(item)
        twin.name = port.name
        return twin
    if hasattr(item, "renamed"):
        return item.renamed(port.name)
    as_input = getattr(item, "as_input", None)
    if as_input is None:
        return item  # the step refuses what is no input
    made = as_input(port.name)
    mode = {"download": "as_download", "mount": "as_mount"}.get(port.default_datastore_mode or "")
    return getattr(made, mode)() if mode is not None and hasattr(made, mode) else made


def _line(
    line: Sequence[Any],
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    step: str,
) -> list[Any]:
    """Return a command line with what is bound in place of the ports; refuse those left open."""
    found = []
    for item in line:
        bound = {InputPortDef: inputs, OutputPortDef: outputs}.get(type(item))
        if bound is None:
            found.append(item)
        elif item.name in bound:
            found.append(bound[item.name])
        else:
            raise PipelineError(
                f"the port {item.name} is in the arguments and is not bound", where=f"step {step}"
            )
    return found
