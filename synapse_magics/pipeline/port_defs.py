"""Ports of a module: names for what a step that uses it will take and make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import NotSupportedError, unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence


class InputPortDef:
    """An input of a module.

    Parameters
    ----------
    name : str
    data_types : list of str, optional
        What a person says that it takes; nothing follows from it, as in Azure ML.
    default_datastore_mode : str, optional
        ``mount``, ``download`` or ``direct``: how the step gets at it, unless what is bound to the
        port says so itself.
    default_path_on_compute, default_overwrite, is_resource
        Not supported; refused if given.
    is_optional : bool
        Whether a step may leave it unbound.
    default_data_reference_name : str, optional
        Ignored: what is bound to the port says where it lies.
    label : str, optional
    additional_transformations
        Not supported; refused if given.
    """

    def __init__(
        self,
        name: str,
        data_types: Sequence[str] | None = None,
        default_datastore_mode: str | None = None,
        default_path_on_compute: str | None = None,
        is_optional: bool = False,
        default_overwrite: bool | None = None,
        default_data_reference_name: str | None = None,
        is_resource: bool = False,
        label: str | None = None,
        additional_transformations: object = None,
    ) -> None:
        self.name = names.check_input(name)
        unsupported(
            f"input port {name}",
            "the path is what the step is told",
            default_path_on_compute=default_path_on_compute,
            default_overwrite=default_overwrite,
            is_resource=is_resource,
        )
        unsupported(
            f"input port {name}",
            "transform the data in the step's script",
            additional_transformations=additional_transformations,
        )
        self.data_types = list(data_types or [])
        self.default_datastore_mode = default_datastore_mode
        self.is_optional = is_optional
        self.default_data_reference_name = default_data_reference_name
        self.label = label

    def to_body(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return f"InputPortDef({self.name})"


class OutputPortDef:
    """An output of a module.

    Parameters
    ----------
    name : str
    default_datastore_name, default_datastore_mode : str, optional
        Ignored: what is bound to the port has both.
    default_path_on_compute, default_overwrite, training_output
        Not supported; refused if given.
    is_directory : bool
        Ignored: it is what the step makes of it.
    data_type, label : str, optional
        What a person says that it is; nothing follows from it, as in Azure ML.
    """

    def __init__(
        self,
        name: str,
        default_datastore_name: str | None = None,
        default_datastore_mode: str | None = None,
        default_path_on_compute: str | None = None,
        is_directory: bool = False,
        data_type: str | None = None,
        default_overwrite: bool | None = None,
        training_output: object = None,
        label: str | None = None,
    ) -> None:
        self.name = names.check_output(name)
        unsupported(
            f"output port {name}",
            "bind an output that says so to the port, by outputs_map",
            default_path_on_compute=default_path_on_compute,
            default_overwrite=default_overwrite,
            training_output=training_output,
        )
        self.default_datastore_name = default_datastore_name
        self.default_datastore_mode = default_datastore_mode
        self.is_directory = is_directory
        self.data_type = data_type
        self.label = label

    def to_body(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return f"OutputPortDef({self.name})"


class ParamDef:
    """A parameter of a module's node in Azure ML's graph, which is not built by hand here.

    Parameters
    ----------
    name : str
    default_value : object, optional
    is_metadata_param, is_optional, set_env_var, calculate_hash : bool
    env_var_override : bool or str, optional

    Raises
    ------
    NotSupportedError
        Always.
    """

    def __init__(
        self,
        name: str,
        default_value: object = None,
        is_metadata_param: bool = False,
        is_optional: bool = False,
        set_env_var: bool = False,
        calculate_hash: bool = True,
        env_var_override: object = None,
    ) -> None:
        del default_value, is_metadata_param, is_optional, set_env_var
        del calculate_hash, env_var_override
        raise NotSupportedError(
            "ParamDef is not supported here",
            where=f"parameter {name}",
            hint=f"publish_python_script(..., params={{{name!r}: value}})",
        )
