"""Where each name of Azure ML SDK v1 lives here.

``HOMES`` says it once per name, so that a name is one class by whatever path it is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_magics.azureml.other_packages import UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Mapping

LEGACY = (
    "attach_legacy_compute_target is_compute_target_prepared prepare_compute_target "
    "remove_legacy_compute_target"
)
EXPRESSIONS = (
    "choice lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform"
)
SEARCH = (
    "BanditPolicy BayesianParameterSampling EarlyTerminationPolicy GridParameterSampling "
    "HyperDriveConfig HyperDriveRun HyperDriveRunConfig HyperParameterSampling "
    "MedianStoppingPolicy NoTerminationPolicy PrimaryMetricGoal RandomParameterSampling "
    f"TruncationSelectionPolicy {EXPRESSIONS}"
)
DISTRIBUTED = "Gloo Mpi Nccl ParameterServer"
CONSTANTS = (
    "ACCOUNT_KEY AZURE_BLOB AZURE_DATA_LAKE AZURE_DATA_LAKE_GEN2 AZURE_FILE AZURE_MYSQL "
    "AZURE_POSTGRESQL AZURE_SQL_DATABASE CLIENT_CREDENTIALS CUSTOM DBFS DIRECT_MODE DOWNLOAD_MODE "
    "HDFS HDFS_MODE LINK_MODE MOUNT_MODE NONE SAS SERVICE_PRINCIPAL SQL_AUTHENTICATION UPLOAD_MODE "
    "WORKSPACE_BLOB_DATASTORE WORKSPACE_FILE_DATASTORE"
)
OPEN_DATASETS = (
    "BingCOVID19Data BostonSafety COVID19OpenResearch COVIDTrackingProject ChicagoSafety "
    "CitySafety Diabetes EcdcCOVIDCases MNIST NoParameterOpenDatasetBase NoaaGfsWeather "
    "NoaaIsdWeather NycSafety NycTaxiBase NycTlcFhv NycTlcGreen NycTlcYellow OjSalesSimulated "
    "PublicHolidays PublicHolidaysOffline SampleDatasetBase SampleDatasets SanFranciscoSafety "
    "SeattleSafety UsLaborCPI UsLaborEHENational UsLaborEHEState UsLaborLAUS UsLaborLFS "
    "UsLaborPPICommodity UsLaborPPIIndustry UsPopulationCounty UsPopulationZip"
)

_NAMES_OF_HOMES = {
    "azureml": "VERSION",
    "": "load_ipython_extension",
    "core.authentication": (
        "AbstractAuthentication ArmTokenAuthentication Audience AzureCliAuthentication "
        "InteractiveLoginAuthentication MsiAuthentication ServicePrincipalAuthentication "
        "TokenAuthentication"
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
    "core.data_constants": CONSTANTS,
    "core.data_reference": "DataPath DataPathComputeBinding DataReference",
    "core.dataset": "Dataset FileDataset TabularDataset",
    "core.abstract_dataset": "AbstractDataset",
    "core.dataset_factory": "FileDatasetFactory TabularDatasetFactory",
    "core.dataset_types": "DataType HistogramCompareMethod PromoteHeadersBehavior",
    "core.datastore": (
        "AbstractADLSDatastore AbstractDatastore AzureBlobDatastore AzureDataLakeDatastore "
        "AzureDataLakeGen2Datastore AzureFileDatastore AzureSqlDatabaseDatastore Datastore"
    ),
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
    "core.profiled_dataset": "DatasetProfileRun",
    "core.run": "Run get_run",
    "core.run_configuration": (
        "DataReferenceConfiguration DockerConfiguration EnvironmentDefinition "
        "HistoryConfiguration MpiConfiguration PyTorchConfiguration RunConfiguration "
        "SparkConfiguration TensorflowConfiguration"
    ),
    "core.script_run": "ScriptRun",
    "core.tabular_output": "OutputTabularDatasetConfig",
    "core.unsupported_classes": (
        "AciWebservice AksWebservice AmlComputeConfiguration AzureMLNotebookHandler "
        "ContainerImage Data DatacacheHydrationTracker DatacacheStore DatasetActionRun "
        "DatasetDefinition EggLibrary History Image InferenceConfig JarLibrary LocalWebservice "
        "MavenLibrary ModelProfile NotebookRunConfig NotebookRunnerStep OutputData "
        "ParallelRunStepDetails PrivateEndPoint PrivateEndPointConfig PyPiLibrary RCranLibrary "
        f"ResourceConfiguration SqlDataReference Webservice {LEGACY}"
    ),
    "core.unsupported_computes": (
        "AdlaCompute AksCompute BatchCompute ComputeInstance DataFactoryCompute DatabricksCompute "
        "DsvmCompute HDInsightCompute KubernetesCompute KustoCompute RemoteCompute"
    ),
    "core.unsupported_open_datasets": OPEN_DATASETS,
    "core.unsupported_packages": UNSUPPORTED,
    "core.unsupported_training": (
        f"AutoMLConfig AutoMLRun Chainer ComputeTargets Estimator FeaturizationConfig "
        f"ForecastingParameters HTSConstants Horovod MMLBaseEstimator PyTorch SKLearn Tasks "
        f"TensorFlow {DISTRIBUTED} {SEARCH}"
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
    # The older name of what the environment of a run configuration says of containers.
    "DockerEnvironment": "core.environment_sections:DockerSection",
}
"""Our module for each name, and after a colon what it is called there."""
