"""Which of the modules of Azure ML SDK v1 show which of the names that live here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.azureml.homes import (
    CONSTANTS,
    DISTRIBUTED,
    EXPRESSIONS,
    HOMES,
    LEGACY,
    OPEN_DATASETS,
    SEARCH,
)
from synapse_magics.azureml.other_packages import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HOMES", "NAMES"]

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
_EXCEPTIONS = (
    "ActivityFailedException AuthenticationException AzureMLAggregatedException AzureMLException "
    "ComputeTargetException DatasetTimestampMissingError DiscoveryUrlNotFoundException "
    "ExperimentExecutionException ModelNotFoundException ModelPathNotFoundException "
    "ParallelRunException ProjectSystemException RunConfigurationException "
    "RunEnvironmentException ServiceException SnapshotException TrainingException "
    "UserErrorException WebserviceException WorkspaceException WorkspacePrivateEndpointException"
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
        f"__version__ diagnostic_log get_run {LEGACY}"
    ),
    "azureml.core.authentication": (
        "AbstractAuthentication ArmTokenAuthentication Audience AuthenticationException "
        "AzureCliAuthentication InteractiveLoginAuthentication MsiAuthentication "
        "ServicePrincipalAuthentication TokenAuthentication"
    ),
    "azureml.core.compute": _COMPUTES,
    "azureml.core.compute.aks": "AksCompute",
    "azureml.core.compute.amlcompute": (
        "AmlCompute AmlComputeProvisioningConfiguration AmlComputeStatus ScaleSettings"
    ),
    "azureml.core.compute.compute": "ComputeTarget",
    "azureml.core.compute.databricks": "DatabricksCompute",
    "azureml.core.compute.synapse": "SynapseCompute",
    "azureml.core.compute_target": f"ComputeTargetException {LEGACY}",
    "azureml.core.conda_dependencies": "CondaDependencies",
    "azureml.core.container_registry": "ContainerRegistry",
    "azureml.core.databricks": "EggLibrary JarLibrary MavenLibrary PyPiLibrary RCranLibrary",
    "azureml.core.dataset": "Dataset",
    "azureml.core.datastore": "Datastore",
    "azureml.core.environment": (
        "CondaDependencies ContainerRegistry DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE "
        "DockerBuildContext DockerEnvironment DockerSection Environment ImageBuildDetails "
        "PythonSection SparkPackage SparkSection"
    ),
    "azureml.core.experiment": "Experiment",
    "azureml.core.history": "History",
    "azureml.core.image": "ContainerImage Image",
    "azureml.core.image.container": "ContainerImage",
    "azureml.core.image.image": "Image",
    "azureml.core.keyvault": "Keyvault",
    "azureml.core.linked_service": (
        "LinkedService LinkedServiceConfiguration SynapseWorkspaceLinkedServiceConfiguration"
    ),
    "azureml.core.model": "InferenceConfig Model",
    "azureml.core.private_endpoint": "PrivateEndPoint PrivateEndPointConfig",
    "azureml.core.profile": "ModelProfile",
    "azureml.core.resource_configuration": "ResourceConfiguration",
    "azureml.core.run": "Run ScriptRun _OfflineRun _SubmittedRun get_run",
    "azureml.core.runconfig": (
        "AmlComputeConfiguration CondaDependencies ContainerRegistry DEFAULT_CPU_IMAGE "
        "DEFAULT_GPU_IMAGE Data DataPath DataReferenceConfiguration Dataset DockerConfiguration "
        "DockerEnvironment DockerSection EggLibrary Environment EnvironmentDefinition "
        "HistoryConfiguration JarLibrary MavenLibrary MpiConfiguration OutputData PyPiLibrary "
        "PyTorchConfiguration PythonSection RCranLibrary RunConfiguration SparkConfiguration "
        "SparkSection TensorflowConfiguration"
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
    "azureml.data.azure_data_lake_datastore": (
        "AbstractADLSDatastore AzureDataLakeDatastore AzureDataLakeGen2Datastore"
    ),
    "azureml.data.azure_sql_database_datastore": "AzureSqlDatabaseDatastore",
    "azureml.data.azure_storage_datastore": "AzureBlobDatastore AzureFileDatastore",
    "azureml.data.constants": CONSTANTS,
    "azureml.data.data_reference": "DataReference",
    "azureml.data.datacache": "DatacacheHydrationTracker DatacacheStore",
    "azureml.data.datapath": "DataPath DataPathComputeBinding",
    "azureml.data.dataset_action_run": "DatasetActionRun",
    "azureml.data.dataset_consumption_config": "DatasetConsumptionConfig",
    "azureml.data.dataset_definition": "DatasetDefinition",
    "azureml.data.dataset_error_handling": "DatasetExecutionError DatasetValidationError",
    "azureml.data.dataset_factory": "DataType FileDatasetFactory TabularDatasetFactory",
    "azureml.data.dataset_profile_run": "DatasetProfileRun",
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
    "azureml.opendatasets": OPEN_DATASETS,
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
    "azureml.train.automl.constants": "ComputeTargets HTSConstants Tasks",
    "azureml.train.automl.run": "AutoMLRun",
    "azureml.train.dnn": f"Chainer Horovod PyTorch TensorFlow {DISTRIBUTED}",
    "azureml.train.estimator": f"Estimator MMLBaseEstimator {DISTRIBUTED}",
    "azureml.train.hyperdrive": SEARCH,
    "azureml.train.hyperdrive.parameter_expressions": EXPRESSIONS,
    "azureml.train.hyperdrive.policy": (
        "BanditPolicy EarlyTerminationPolicy MedianStoppingPolicy NoTerminationPolicy "
        "TruncationSelectionPolicy"
    ),
    "azureml.train.hyperdrive.run": "HyperDriveRun PrimaryMetricGoal",
    "azureml.train.hyperdrive.runconfig": "HyperDriveConfig HyperDriveRunConfig",
    "azureml.train.hyperdrive.sampling": (
        "BayesianParameterSampling GridParameterSampling HyperParameterSampling "
        "RandomParameterSampling"
    ),
    "azureml.train.sklearn": "SKLearn",
    "azureml.train.widgets": "RunDetails",
    "azureml.widgets": "ParallelRunStepDetails RunDetails",
    "azureml_user": "",
    "azureml_user.parallel_run": "EntryScript",
}

NAMES: Mapping[str, Mapping[str, str]] = {
    module: {name: HOMES[name] for name in names.split()}
    for module, names in (_SHOWN | dict(PACKAGES)).items()
}
"""Our module for each name, by the SDK's module."""
