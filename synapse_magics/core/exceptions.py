"""Azure ML's exceptions, each of them also a :class:`SynapseMagicsError`.

Names and texts follow ``azureml.exceptions`` of SDK v1.
"""

from __future__ import annotations

from typing import Any

from synapse_magics._errors import SynapseMagicsError

__all__ = [
    "ActivityFailedException",
    "AzureMLException",
    "ComputeTargetException",
    "DatasetValidationError",
    "ExperimentExecutionException",
    "ModelNotFoundException",
    "ModelPathNotFoundException",
    "NotSupportedError",
    "RunEnvironmentException",
    "ServiceException",
    "SynapseMagicsError",
    "UserErrorException",
    "WebserviceException",
    "WorkspaceException",
]


class AzureMLException(SynapseMagicsError):
    """The base of Azure ML's exceptions.

    Parameters
    ----------
    exception_message : str
    inner_exception : BaseException, optional
    **kwargs
        ``where`` and ``hint``, see :class:`SynapseMagicsError`.
    """

    def __init__(
        self,
        exception_message: str,
        inner_exception: BaseException | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, where=kwargs.get("where"), hint=kwargs.get("hint"))
        self.inner_exception = inner_exception


class UserErrorException(AzureMLException):
    """Something that the user gave is wrong."""


class WorkspaceException(AzureMLException):
    """A workspace could not be found, made or opened."""


class ComputeTargetException(AzureMLException):
    """A compute target could not be found, made or attached."""


class DatasetValidationError(UserErrorException):
    """The data behind a dataset cannot be read as it was defined."""


class ServiceException(AzureMLException):
    """Something that was asked for by its id or name is not there.

    ``status_code`` is 404, as Azure ML's service answers.
    """

    status_code = 404


class ExperimentExecutionException(AzureMLException):
    """A run could not be submitted or watched."""


class WebserviceException(AzureMLException):
    """A model could not be found, registered or downloaded."""


class ModelNotFoundException(AzureMLException):
    """A model is neither registered nor among the local files."""


class ModelPathNotFoundException(AzureMLException):
    """A run has no file or folder that a model could be registered from."""


class RunEnvironmentException(AzureMLException):
    """A run was asked for outside of one."""

    def __init__(self) -> None:
        super().__init__(
            "Could not load a submitted run, if outside of an execution context, use "
            "experiment.start_logging to initialize an azureml.core.Run."
        )


class ActivityFailedException(AzureMLException):
    """A run failed.

    Parameters
    ----------
    error_details : str
    **kwargs
        ``where`` and ``hint``, see :class:`SynapseMagicsError`.
    """

    def __init__(self, error_details: str, **kwargs: Any) -> None:
        super().__init__(f"Activity Failed:\n{error_details}", **kwargs)


class NotSupportedError(SynapseMagicsError, NotImplementedError):
    """A parameter would change results and is not supported here."""


def unsupported(where: str, hint: str, **parameters: Any) -> None:
    """Refuse parameters that were given and are not supported; nothing is dropped silently.

    Parameters
    ----------
    where : str
        The call.
    hint : str
        The alternative.
    **parameters
        Each with its value; one that is None or False was not given.

    Raises
    ------
    NotSupportedError
    """
    given = [name for name, value in parameters.items() if value is not None and value is not False]
    if given:
        raise NotSupportedError(
            f"{' and '.join(given)} is not supported here", where=where, hint=hint
        )
