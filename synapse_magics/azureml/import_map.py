"""Where each name of Azure ML SDK v1 lives here, and which of the SDK's modules show it.

``HOMES`` says it once per name, so that a name is one class by whatever path it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES_OF_HOMES = {
    "azureml": "VERSION",
    "": "load_ipython_extension",
    "core.authentication": (
        "AzureCliAuthentication InteractiveLoginAuthentication MsiAuthentication "
        "ServicePrincipalAuthentication"
    ),
    "core.compute": (
        "AmlCompute AmlComputeProvisioningConfiguration AmlComputeStatus ComputeTarget "
        "ScaleSettings SynapseCompute"
    ),
    "core.conda_dependencies": "CondaDependencies",
    "core.data_config": (
        "DatasetConsumptionConfig HDFSOutputDatasetConfig OutputDatasetConfig "
        "OutputFileDatasetConfig"
    ),
    "core.data_reference": "DataPath DataPathComputeBinding DataReference",
    "core.dataset": "Dataset FileDataset TabularDataset",
    "core.abstract_dataset": "AbstractDataset",
    "core.dataset_factory": "FileDatasetFactory TabularDatasetFactory",
    "core.dataset_types": "DataType HistogramCompareMethod PromoteHeadersBehavior",
    "core.datastore": "AbstractDatastore AzureBlobDatastore AzureFileDatastore Datastore",
    "core.diagnostic_log": "diagnostic_log",
    "core.diagnostics_collection": "set_diagnostics_collection",
    "core.environment": "Environment",
    "core.environment_build": "ImageBuildDetails",
    "core.environment_sections": (
        "ContainerRegistry DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE DockerBuildContext DockerSection "
        "PythonSection SparkPackage SparkSection"
    ),
    "core.exceptions": (
        "ActivityFailedException AuthenticationException AzureMLAggregatedException "
        "AzureMLException ComputeTargetException DatasetExecutionError "
        "DatasetTimestampMissingError DatasetValidationError DiscoveryUrlNotFoundException "
        "ExperimentExecutionException ModelNotFoundException ModelPathNotFoundException "
        "ParallelRunException ProjectSystemException RunConfigurationException "
        "RunEnvironmentException ServiceException SnapshotException TrainingException "
        "UserErrorException WebserviceException WorkspaceException "
        "WorkspacePrivateEndpointException"
    ),
    "core.experiment": "Experiment",
    "core.keyvault": "Keyvault",
    "core.linked_service": (
        "LinkedService LinkedServiceConfiguration SynapseWorkspaceLinkedServiceConfiguration"
    ),
    "core.link_output": "LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig",
    "core.model": "Model",
    "core.output_options": "MountOptions RegistrationConfiguration UploadOptions",
    "core.pipeline_run": "PipelineRun StepRun",
    "core.port_data_reference": "PortDataReference StepRunOutput",
    "core.run": "Run get_run",
    "core.run_configuration": (
        "DataReferenceConfiguration DockerConfiguration EnvironmentDefinition MpiConfiguration "
        "PyTorchConfiguration RunConfiguration SparkConfiguration TensorflowConfiguration"
    ),
    "core.script_run": "ScriptRun",
    "core.tabular_output": "OutputTabularDatasetConfig",
    "core.unsupported_classes": (
        "AciWebservice AksWebservice AzureMLNotebookHandler ContainerImage Data DatacacheStore "
        "Diabetes EggLibrary Image InferenceConfig JarLibrary LocalWebservice MNIST MavenLibrary "
        "NoaaIsdWeather NotebookRunConfig NotebookRunnerStep NycTlcFhv NycTlcGreen NycTlcYellow "
        "OutputData ParallelRunStepDetails PrivateEndPoint PrivateEndPointConfig PublicHolidays "
        "PyPiLibrary RCranLibrary ResourceConfiguration SqlDataReference Webservice "
        "attach_legacy_compute_target is_compute_target_prepared prepare_compute_target "
        "remove_legacy_compute_target"
    ),
    "core.unsupported_computes": (
        "AdlaCompute AksCompute BatchCompute ComputeInstance DataFactoryCompute DatabricksCompute "
        "DsvmCompute HDInsightCompute KubernetesCompute KustoCompute RemoteCompute"
    ),
    "core.unsupported_training": (
        "AutoMLConfig AutoMLRun BanditPolicy BayesianParameterSampling Chainer Estimator "
        "FeaturizationConfig ForecastingParameters GridParameterSampling HyperDriveConfig "
        "HyperDriveRun MMLBaseEstimator "
        "MedianStoppingPolicy NoTerminationPolicy PrimaryMetricGoal PyTorch "
        "RandomParameterSampling SKLearn TensorFlow TruncationSelectionPolicy choice lognormal "
        "loguniform normal qlognormal qloguniform qnormal quniform randint uniform"
    ),
    "core.workspace": "Workspace",
    "pipeline.command_step": "CommandStep",
    "pipeline.module": "Module ModuleVersion ModuleVersionDescriptor",
    "pipeline.module_step": "ModuleStep",
    "pipeline.parallel_run": "ParallelRunConfig ParallelRunStep",
    "pipeline.parameters": "PipelineParameter",
    "pipeline.pipeline": "Pipeline",
    "pipeline.pipeline_data": (
        "InputPortBinding OutputPortBinding PipelineData PipelineOutputFileDataset "
        "PipelineOutputTabularDataset"
    ),
    "pipeline.pipeline_draft": "PipelineDraft",
    "pipeline.pipeline_endpoint": "PipelineEndpoint",
    "pipeline.port_defs": "InputPortDef OutputPortDef ParamDef",
    "pipeline.published_pipeline": "PublishedPipeline",
    "pipeline.schedule": "Schedule ScheduleRecurrence TimeZone",
    "pipeline.script_run_config": "ScriptRunConfig",
    "pipeline.step_sequence": "StepSequence",
    "pipeline.steps": "PipelineStep PythonScriptStep SynapseSparkStep",
    "pipeline.unsupported_steps": (
        "AdlaStep AutoMLStep AutoMLStepRun AzureBatchStep DataTransferStep DatabricksStep "
        "EstimatorStep Graph HyperDriveStep HyperDriveStepRun KustoStep MpiStep Node "
        "PipelineDataset RScriptStep TrainingOutput"
    ),
    "runtime.parallel_worker": "EntryScript",
    "widgets.run_details": "RunDetails",
}

HOMES: Mapping[str, str] = {
    name: home for home, names in _NAMES_OF_HOMES.items() for name in names.split()
} | {
    "__version__": "azureml:VERSION",
    # Scripts ask whether they run offline by the class of their run.
    "_OfflineRun": "core.offline_run:OfflineRun",
    "_SubmittedRun": "core.submitted_run:SubmittedRun",
}
"""Our module for each name, and after a colon what it is called there."""

_COMPUTES = (
    "AdlaCompute AksCompute AmlCompute BatchCompute ComputeInstance ComputeTarget "
    "DataFactoryCompute DatabricksCompute DsvmCompute HDInsightCompute KubernetesCompute "
    "KustoCompute RemoteCompute SynapseCompute"
)
_STEPS = {
    "adla_step": "AdlaStep",
    "automl_step": "AutoMLStep AutoMLStepRun",
    "azurebatch_step": "AzureBatchStep",
    "command_step": "CommandStep",
    "data_transfer_step": "DataTransferStep",
    "databricks_step": "DatabricksStep",
    "estimator_step": "EstimatorStep",
    "hyper_drive_step": "HyperDriveStep HyperDriveStepRun",
    "kusto_step": "KustoStep",
    "module_step": "ModuleStep",
    "mpi_step": "MpiStep",
    "parallel_run_config": "ParallelRunConfig",
    "parallel_run_step": "ParallelRunStep",
    "python_script_step": "PythonScriptStep",
    "r_script_step": "RScriptStep",
    "synapse_spark_step": "SynapseSparkStep",
}
_LEGACY = (
    "attach_legacy_compute_target is_compute_target_prepared prepare_compute_target "
    "remove_legacy_compute_target"
)
_EXCEPTIONS = (
    "ActivityFailedException AuthenticationException AzureMLAggregatedException AzureMLException "
    "ComputeTargetException DatasetTimestampMissingError DiscoveryUrlNotFoundException "
    "ExperimentExecutionException ModelNotFoundException ModelPathNotFoundException "
    "ParallelRunException ProjectSystemException RunConfigurationException "
    "RunEnvironmentException ServiceException SnapshotException TrainingException "
    "UserErrorException WebserviceException WorkspaceException WorkspacePrivateEndpointException"
)
_EXPRESSIONS = (
    "choice lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform"
)
_SEARCH = (
    "BanditPolicy BayesianParameterSampling GridParameterSampling HyperDriveConfig HyperDriveRun "
    "MedianStoppingPolicy NoTerminationPolicy PrimaryMetricGoal RandomParameterSampling "
    f"TruncationSelectionPolicy {_EXPRESSIONS}"
)
_RUNS = "PipelineRun StepRun StepRunOutput"
_MODULES = "Module ModuleVersion ModuleVersionDescriptor"
_SCHEDULES = "Schedule ScheduleRecurrence TimeZone"

_SHOWN = {
    "azureml": "",
    "azureml._common": "",
    "azureml._common.exceptions": "AzureMLAggregatedException AzureMLException",
    "azureml._restclient": "",
    "azureml._restclient.exceptions": "ServiceException",
    "azureml.automl": "",
    "azureml.automl.core": "",
    "azureml.automl.core.featurization": "FeaturizationConfig",
    "azureml.automl.core.forecasting_parameters": "ForecastingParameters",
    "azureml.contrib": "",
    "azureml.contrib.notebook": "AzureMLNotebookHandler NotebookRunConfig NotebookRunnerStep",
    "azureml.core": (
        "ComputeTarget ContainerRegistry Dataset Datastore Environment Experiment Image Keyvault "
        "LinkedService Model PrivateEndPoint PrivateEndPointConfig Run RunConfiguration ScriptRun "
        "ScriptRunConfig SynapseWorkspaceLinkedServiceConfiguration VERSION Webservice Workspace "
        f"__version__ diagnostic_log get_run {_LEGACY}"
    ),
    "azureml.core.authentication": (
        "AuthenticationException AzureCliAuthentication InteractiveLoginAuthentication "
        "MsiAuthentication ServicePrincipalAuthentication"
    ),
    "azureml.core.compute": _COMPUTES,
    "azureml.core.compute.aks": "AksCompute",
    "azureml.core.compute.amlcompute": (
        "AmlCompute AmlComputeProvisioningConfiguration AmlComputeStatus ScaleSettings"
    ),
    "azureml.core.compute.compute": "ComputeTarget",
    "azureml.core.compute.databricks": "DatabricksCompute",
    "azureml.core.compute.synapse": "SynapseCompute",
    "azureml.core.compute_target": f"ComputeTargetException {_LEGACY}",
    "azureml.core.conda_dependencies": "CondaDependencies",
    "azureml.core.container_registry": "ContainerRegistry",
    "azureml.core.databricks": "EggLibrary JarLibrary MavenLibrary PyPiLibrary RCranLibrary",
    "azureml.core.dataset": "Dataset",
    "azureml.core.datastore": "Datastore",
    "azureml.core.environment": (
        "CondaDependencies ContainerRegistry DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE "
        "DockerBuildContext DockerSection Environment ImageBuildDetails PythonSection "
        "SparkPackage SparkSection"
    ),
    "azureml.core.experiment": "Experiment",
    "azureml.core.image": "ContainerImage Image",
    "azureml.core.image.container": "ContainerImage",
    "azureml.core.image.image": "Image",
    "azureml.core.keyvault": "Keyvault",
    "azureml.core.linked_service": (
        "LinkedService LinkedServiceConfiguration SynapseWorkspaceLinkedServiceConfiguration"
    ),
    "azureml.core.model": "InferenceConfig Model",
    "azureml.core.private_endpoint": "PrivateEndPoint PrivateEndPointConfig",
    "azureml.core.resource_configuration": "ResourceConfiguration",
    "azureml.core.run": "Run _OfflineRun _SubmittedRun get_run",
    "azureml.core.runconfig": (
        "CondaDependencies ContainerRegistry DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE Data DataPath "
        "DataReferenceConfiguration Dataset DockerConfiguration EggLibrary EnvironmentDefinition "
        "JarLibrary MavenLibrary MpiConfiguration OutputData PyPiLibrary PyTorchConfiguration "
        "RCranLibrary RunConfiguration SparkConfiguration TensorflowConfiguration"
    ),
    "azureml.core.script_run": "ScriptRun",
    "azureml.core.script_run_config": "ScriptRunConfig",
    "azureml.core.webservice": "AciWebservice AksWebservice LocalWebservice Webservice",
    "azureml.core.webservice.aci": "AciWebservice",
    "azureml.core.webservice.aks": "AksWebservice",
    "azureml.core.webservice.local": "LocalWebservice",
    "azureml.core.webservice.webservice": "Webservice",
    "azureml.core.workspace": "Workspace",
    "azureml.data": (
        "DataType DatacacheStore FileDataset HDFSOutputDatasetConfig LinkFileOutputDatasetConfig "
        "LinkTabularOutputDatasetConfig OutputFileDatasetConfig TabularDataset"
    ),
    "azureml.data.abstract_dataset": "AbstractDataset",
    "azureml.data.abstract_datastore": "AbstractDatastore",
    "azureml.data.azure_storage_datastore": "AzureBlobDatastore AzureFileDatastore",
    "azureml.data.data_reference": "DataReference",
    "azureml.data.datapath": "DataPath DataPathComputeBinding",
    "azureml.data.dataset_consumption_config": "DatasetConsumptionConfig",
    "azureml.data.dataset_error_handling": "DatasetExecutionError DatasetValidationError",
    "azureml.data.dataset_factory": "DataType FileDatasetFactory TabularDatasetFactory",
    "azureml.data.dataset_type_definitions": "HistogramCompareMethod PromoteHeadersBehavior",
    "azureml.data.file_dataset": "FileDataset",
    "azureml.data.output_dataset_config": (
        "HDFSOutputDatasetConfig LinkFileOutputDatasetConfig LinkTabularOutputDatasetConfig "
        "MountOptions OutputDatasetConfig OutputFileDatasetConfig OutputTabularDatasetConfig "
        "RegistrationConfiguration UploadOptions"
    ),
    "azureml.data.sql_data_reference": "SqlDataReference",
    "azureml.data.tabular_dataset": "TabularDataset",
    "azureml.exceptions": _EXCEPTIONS,
    "azureml.exceptions._azureml_exception": _EXCEPTIONS,
    "azureml.opendatasets": (
        "Diabetes MNIST NoaaIsdWeather NycTlcFhv NycTlcGreen NycTlcYellow PublicHolidays"
    ),
    "azureml.pipeline": "",
    "azureml.pipeline.core": (
        "InputPortBinding OutputPortBinding Pipeline PipelineData PipelineDataset PipelineDraft "
        "PipelineEndpoint PipelineParameter PipelineStep PortDataReference PublishedPipeline "
        f"StepSequence TrainingOutput {_MODULES} {_RUNS} {_SCHEDULES}"
    ),
    "azureml.pipeline.core.builder": "PipelineData PipelineStep StepSequence",
    "azureml.pipeline.core.graph": (
        "Graph InputPortBinding InputPortDef Node OutputPortBinding OutputPortDef ParamDef "
        "PipelineDataset PipelineParameter PortDataReference PublishedPipeline TrainingOutput"
    ),
    "azureml.pipeline.core.module": _MODULES,
    "azureml.pipeline.core.module_step_base": "PipelineStep",
    "azureml.pipeline.core.pipeline": "Pipeline",
    "azureml.pipeline.core.pipeline_draft": "PipelineDraft",
    "azureml.pipeline.core.pipeline_endpoint": "PipelineEndpoint",
    "azureml.pipeline.core.pipeline_output_dataset": (
        "PipelineOutputFileDataset PipelineOutputTabularDataset"
    ),
    "azureml.pipeline.core.run": _RUNS,
    "azureml.pipeline.core.schedule": _SCHEDULES,
    "azureml.pipeline.steps": " ".join(_STEPS.values()),
    **{f"azureml.pipeline.steps.{module}": names for module, names in _STEPS.items()},
    "azureml.synapse": "load_ipython_extension",
    "azureml.synapse.magics": "load_ipython_extension",
    "azureml.telemetry": "set_diagnostics_collection",
    "azureml.train": "",
    "azureml.train.automl": "AutoMLConfig",
    "azureml.train.automl.run": "AutoMLRun",
    "azureml.train.dnn": "Chainer PyTorch TensorFlow",
    "azureml.train.estimator": "Estimator MMLBaseEstimator",
    "azureml.train.hyperdrive": _SEARCH,
    "azureml.train.hyperdrive.parameter_expressions": _EXPRESSIONS,
    "azureml.train.hyperdrive.policy": (
        "BanditPolicy MedianStoppingPolicy NoTerminationPolicy TruncationSelectionPolicy"
    ),
    "azureml.train.hyperdrive.run": "HyperDriveRun PrimaryMetricGoal",
    "azureml.train.hyperdrive.runconfig": "HyperDriveConfig",
    "azureml.train.hyperdrive.sampling": (
        "BayesianParameterSampling GridParameterSampling RandomParameterSampling"
    ),
    "azureml.train.sklearn": "SKLearn",
    "azureml.widgets": "ParallelRunStepDetails RunDetails",
    "azureml_user": "",
    "azureml_user.parallel_run": "EntryScript",
}

NAMES: Mapping[str, Mapping[str, str]] = {
    module: {name: HOMES[name] for name in names.split()} for module, names in _SHOWN.items()
}
"""Our module for each name, by the SDK's module."""
