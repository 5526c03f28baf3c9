"""Azure ML's exceptions, each of them also a :class:`SynapseMagicsError`.

Names and texts follow ``azureml.exceptions`` of SDK v1.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import TYPE_CHECKING, Any

from synapse_magics._errors import SynapseMagicsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ActivityFailedException",
    "AuthenticationException",
    "AzureMLAggregatedException",
    "AzureMLException",
    "ComputeTargetException",
    "DatasetExecutionError",
    "DatasetTimestampMissingError",
    "DatasetValidationError",
    "DiscoveryUrlNotFoundException",
    "ExperimentExecutionException",
    "ModelNotFoundException",
    "ModelPathNotFoundException",
    "NotSupportedError",
    "ParallelRunException",
    "ProjectSystemException",
    "RunConfigurationException",
    "RunEnvironmentException",
    "ServiceException",
    "SnapshotException",
    "SynapseMagicsError",
    "TrainingException",
    "UserErrorException",
    "WebserviceException",
    "WorkspaceException",
    "WorkspacePrivateEndpointException",
]


class AzureMLException(SynapseMagicsError):
    """The base of Azure ML's exceptions.

    ``str`` is the message, the place and the hint. ``repr`` is Azure ML's text, with the JSON of
    the error in it. ``message`` is the same as there, and can be set.

    Parameters
    ----------
    exception_message : str
    inner_exception : BaseException or str, optional
    target : str, optional
        What was at fault.
    details : iterable of str, optional
        More about it.
    message_format, message_parameters, reference_code
        Kept, as attributes; Azure ML's telemetry used them.
    **kwargs
        ``where`` and ``hint``, see :class:`SynapseMagicsError`.
    """

    _code: str | None = None

    def __init__(
        self,
        exception_message: str,
        inner_exception: BaseException | str | None = None,
        target: str | None = None,
        details: Iterable[str] | None = None,
        message_format: str | None = None,
        message_parameters: Mapping[str, str] | None = None,
        reference_code: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, where=kwargs.get("where"), hint=kwargs.get("hint"))
        self.inner_exception = inner_exception
        self.target = target
        self.details = details
        self.message_format = message_format
        self.message_parameters = message_parameters
        self.reference_code = reference_code

    def __repr__(self) -> str:
        code = {"code": self._code} if self._code else {}
        error: dict[str, Any] = {**code, "message": self.message}
        if self.target is not None:
            error["target"] = self.target
        return (
            f"{type(self).__name__}:\n\tMessage: {self.message}\n"
            f"\tInnerException {self.inner_exception}\n"
            f"\tErrorResponse \n{json.dumps({'error': error}, indent=4)}"
        )

    def print_stacktrace(self) -> None:
        """Write where it was raised to the error stream."""
        sys.stderr.write("".join(traceback.format_exception(type(self), self, self.__traceback__)))


class AzureMLAggregatedException(AzureMLException):
    """Several exceptions at once.

    Parameters
    ----------
    exceptions_list : iterable of BaseException
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, exceptions_list: Iterable[BaseException], **kwargs: Any) -> None:
        self.exceptions = list(exceptions_list)
        messages = [getattr(item, "message", None) or str(item) for item in self.exceptions]
        super().__init__("\n".join(messages), **kwargs)


class UserErrorException(AzureMLException):
    """Something that the user gave is wrong."""

    _code = "UserError"


class AuthenticationException(UserErrorException):
    """Somebody is not who they have to be."""


class ComputeTargetException(AzureMLException):
    """A compute target could not be found, made or attached."""


class WorkspaceException(AzureMLException):
    """A workspace could not be found, made or opened.

    Parameters
    ----------
    exception_message : str
    found_multiple : bool
        Whether more than one has that name.
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, exception_message: str, found_multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


class WorkspacePrivateEndpointException(WorkspaceException):
    """A private network address could not be made; nothing here makes one."""


class DatasetValidationError(UserErrorException):
    """The data behind a dataset cannot be read as it was defined.

    Parameters
    ----------
    message : str
    exception : BaseException, optional
        Why.
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, message: str, exception: BaseException | None = None, **kwargs: Any) -> None:
        super().__init__(message, inner_exception=exception, **kwargs)


class DatasetExecutionError(UserErrorException):
    """The data behind a dataset could not be read.

    Parameters
    ----------
    message : str
    exception : BaseException, optional
        Why.
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, message: str, exception: BaseException | None = None, **kwargs: Any) -> None:
        super().__init__(message, inner_exception=exception, **kwargs)


class DatasetTimestampMissingError(AzureMLException):
    """A dataset has no column of times, and one was needed.

    Parameters
    ----------
    error_details : str
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, error_details: str, **kwargs: Any) -> None:
        super().__init__(error_details, **kwargs)


class DiscoveryUrlNotFoundException(AzureMLException):
    """The address of a service is not known; there is no service here.

    Parameters
    ----------
    discovery_key : str
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, discovery_key: str, **kwargs: Any) -> None:
        super().__init__(f"no address is known for {discovery_key}", **kwargs)


class ServiceException(AzureMLException):
    """Something that was asked for by its id or name is not there.

    ``status_code`` is 404, as Azure ML's service answers.
    """

    status_code = 404


class ExperimentExecutionException(AzureMLException):
    """A run could not be submitted or watched."""


class ModelNotFoundException(AzureMLException):
    """A model is not registered.

    Parameters
    ----------
    exception_message : str
    logger : logging.Logger, optional
        Told the message, too.
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, exception_message: str, logger: Any = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        _tell(logger, exception_message)


class ModelPathNotFoundException(AzureMLException):
    """The file of a model is not there.

    Parameters
    ----------
    exception_message : str
    logger : logging.Logger, optional
        Told the message, too.
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, exception_message: str, logger: Any = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        _tell(logger, exception_message)


class WebserviceException(AzureMLException):
    """A model could not be found, or a service could not be had.

    Parameters
    ----------
    exception_message : str
    status_code : int, optional
        As of HTTP.
    logger : logging.Logger, optional
        Told the message, too.
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(
        self,
        exception_message: str,
        status_code: int | None = None,
        logger: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code
        _tell(logger, exception_message)


class ParallelRunException(AzureMLException):
    """A parallel step failed.

    Parameters
    ----------
    exception_message : str
    code : str, optional
    delay_seconds : float
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(
        self,
        exception_message: str,
        code: str | None = None,
        delay_seconds: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.code = code
        self.delay_seconds = delay_seconds


class ProjectSystemException(AzureMLException):
    """A folder is not what a run can be made of."""


class RunConfigurationException(AzureMLException):
    """A run configuration is wrong."""


class SnapshotException(AzureMLException):
    """The files of a run could not be stored."""


class TrainingException(AzureMLException):
    """A training failed."""


class RunEnvironmentException(AzureMLException):
    """A run was asked for outside of one.

    Parameters
    ----------
    **kwargs
        As of :class:`AzureMLException`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            "Could not load a submitted run, if outside of an execution context, use "
            "experiment.start_logging to initialize an azureml.core.Run.",
            **kwargs,
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


def unsupported_rest(where: str, hint: str, given: Mapping[str, Any]) -> None:
    """Refuse the further keywords that a person gave; Azure ML's own begin with ``_``.

    Parameters
    ----------
    where : str
        The call.
    hint : str
        The alternative.
    given : mapping
        The keywords.

    Raises
    ------
    NotSupportedError
    """
    unsupported(where, hint, **{key: given[key] for key in given if not key.startswith("_")})


def _tell(logger: Any, message: str) -> None:
    if logger is not None:
        logger.error(message)
