"""Exceptions: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Exceptions"

TEXT = r"""
differs  azureml.exceptions.AzureMLException
         (exception_message, inner_exception=None, target=None, details=None,
          message_format=None, message_parameters=None, reference_code=None)
         > str(e) is the message, the place and the hint; repr(e) is the SDK's text
full     .message
full     .inner_exception
full     .print_stacktrace
         ()
full     azureml.exceptions.ActivityFailedException
         (error_details)
full     azureml.exceptions.RunEnvironmentException
         ()
full     azureml.exceptions.AzureMLAggregatedException
         (exceptions_list)
full     azureml.exceptions.AuthenticationException
full     azureml.exceptions.ComputeTargetException
full     azureml.exceptions.DatasetTimestampMissingError
full     azureml.exceptions.DiscoveryUrlNotFoundException
full     azureml.exceptions.ExperimentExecutionException
full     azureml.exceptions.ModelNotFoundException
full     azureml.exceptions.ModelPathNotFoundException
full     azureml.exceptions.ParallelRunException
full     azureml.exceptions.ProjectSystemException
full     azureml.exceptions.RunConfigurationException
full     azureml.exceptions.ServiceException
full     azureml.exceptions.SnapshotException
full     azureml.exceptions.TrainingException
full     azureml.exceptions.UserErrorException
full     azureml.exceptions.WebserviceException
full     azureml.exceptions.WorkspaceException
full     azureml.exceptions.WorkspacePrivateEndpointException
full     azureml.data.dataset_error_handling.DatasetExecutionError
full     azureml.data.dataset_error_handling.DatasetValidationError
"""
