"""What the members of the SDK's classes give: enough to follow the objects of a notebook.

``[Run]`` is several of them, whether they are iterated, indexed or looked up by name.
"""

from __future__ import annotations

BASES = {
    "AmlCompute": "ComputeTarget",
    "AzureBlobDatastore": "Datastore",
    "AzureDataLakeDatastore": "AzureBlobDatastore",
    "AzureDataLakeGen2Datastore": "AzureBlobDatastore",
    "AzureFileDatastore": "AzureBlobDatastore",
    "AzureSqlDatabaseDatastore": "AzureBlobDatastore",
    "CommandStep": "PipelineStep",
    "DatasetProfileRun": "Run",
    "Datastore": "AzureBlobDatastore",
    "EnvironmentDefinition": "Environment",
    "FileDataset": "AbstractDataset",
    "HDFSOutputDatasetConfig": "OutputDatasetConfig",
    "LinkFileOutputDatasetConfig": "OutputDatasetConfig",
    "LinkTabularOutputDatasetConfig": "OutputDatasetConfig",
    "ModuleStep": "PipelineStep",
    "OutputFileDatasetConfig": "OutputDatasetConfig",
    "OutputTabularDatasetConfig": "OutputDatasetConfig",
    "ParallelRunStep": "PipelineStep",
    "PipelineRun": "Run",
    "PythonScriptStep": "PipelineStep",
    "ScriptRun": "Run",
    "StepRun": "Run",
    "SynapseCompute": "ComputeTarget",
    "SynapseSparkStep": "PipelineStep",
    "TabularDataset": "AbstractDataset",
}
"""The class that a class has the rest of its members from."""

_OF_CLASSES = {
    "AbstractDataset": (
        "as_named_input:DatasetConsumptionConfig register:AbstractDataset "
        "random_split:[AbstractDataset] submit_profile_run:DatasetProfileRun "
        "get_profile_runs:[Run]"
    ),
    "AmlCompute": "get_status:AmlComputeStatus scale_settings:ScaleSettings get_active_runs:[Run]",
    "AzureBlobDatastore": (
        "path:DataReference as_mount:DataReference as_download:DataReference "
        "as_upload:DataReference upload:DataReference upload_files:DataReference"
    ),
    "ComputeTarget": "attach:ComputeTarget create:ComputeTarget list:[ComputeTarget]",
    "CondaDependencies": "create:CondaDependencies",
    "Dataset": (
        "get_by_name:AbstractDataset get_by_id:AbstractDataset get_all:[AbstractDataset] "
        "Tabular:TabularDatasetFactory File:FileDatasetFactory"
    ),
    "DatasetConsumptionConfig": (
        "as_download:DatasetConsumptionConfig as_mount:DatasetConsumptionConfig "
        "as_hdfs:DatasetConsumptionConfig"
    ),
    "Datastore": "get:Datastore get_default:Datastore",
    "Environment": (
        "get:Environment list:[Environment] clone:Environment register:Environment "
        "from_conda_specification:Environment from_pip_requirements:Environment "
        "from_docker_image:Environment from_dockerfile:Environment "
        "load_from_directory:Environment python:PythonSection docker:DockerSection "
        "spark:SparkSection"
    ),
    "Experiment": "submit:Run start_logging:Run get_runs:[Run] list:[Experiment]",
    "FileDataset": "as_mount:DatasetConsumptionConfig as_download:DatasetConsumptionConfig",
    "FileDatasetFactory": "from_files:FileDataset upload_directory:FileDataset",
    "HDFSOutputDatasetConfig": (
        "register_on_complete:HDFSOutputDatasetConfig "
        "read_delimited_files:OutputTabularDatasetConfig"
    ),
    "LinkedService": "register:LinkedService get:LinkedService list:[LinkedService]",
    "Model": "register:Model list:[Model]",
    "Module": "create:Module get:Module publish_python_script:ModuleVersion",
    "OutputDatasetConfig": "as_input:DatasetConsumptionConfig",
    "OutputFileDatasetConfig": (
        "register_on_complete:OutputFileDatasetConfig as_mount:OutputFileDatasetConfig "
        "as_upload:OutputFileDatasetConfig read_delimited_files:OutputTabularDatasetConfig"
    ),
    "Pipeline": "submit:PipelineRun publish:PublishedPipeline load_yaml:Pipeline",
    "PipelineData": "as_dataset:PipelineOutputFileDataset",
    "PipelineDraft": "create:PipelineDraft get:PipelineDraft list:[PipelineDraft]",
    "PipelineEndpoint": (
        "publish:PipelineEndpoint get:PipelineEndpoint list:[PipelineEndpoint] submit:PipelineRun"
    ),
    "PipelineRun": (
        "get:PipelineRun get_pipeline_runs:[PipelineRun] find_step_run:[StepRun] "
        "get_steps:[StepRun] get_children:[StepRun] publish_pipeline:PublishedPipeline "
        "get_pipeline_output:PortDataReference"
    ),
    "PublishedPipeline": ("get:PublishedPipeline list:[PublishedPipeline] submit:PipelineRun"),
    "PythonSection": "conda_dependencies:CondaDependencies",
    "Run": (
        "get:Run get_context:Run list:[Run] get_children:[Run] child_run:Run parent:Run "
        "experiment:Experiment submit_child:Run register_model:Model create_children:[Run]"
    ),
    "RunConfiguration": (
        "environment:Environment spark:SparkConfiguration docker:DockerConfiguration "
        "load:RunConfiguration"
    ),
    "Schedule": (
        "create:Schedule get:Schedule list:[Schedule] get_last_pipeline_run:PipelineRun "
        "create_for_pipeline_endpoint:Schedule get_pipeline_runs:[PipelineRun]"
    ),
    "ScriptRunConfig": "run_config:RunConfiguration",
    "StepRun": (
        "get_output:StepRunOutput get_output_data:PortDataReference get_outputs:[StepRunOutput]"
    ),
    "StepRunOutput": "get_port_data_reference:PortDataReference",
    "TabularDatasetFactory": (
        "from_delimited_files:TabularDataset from_parquet_files:TabularDataset "
        "from_json_lines_files:TabularDataset from_sql_query:TabularDataset "
        "register_pandas_dataframe:TabularDataset register_spark_dataframe:TabularDataset"
    ),
    "Workspace": (
        "from_config:Workspace create:Workspace get:Workspace compute_targets:[ComputeTarget] "
        "datastores:[Datastore] datasets:[AbstractDataset] experiments:[Experiment] "
        "environments:[Environment] models:[Model] linked_services:[LinkedService] "
        "get_default_datastore:Datastore get_default_keyvault:Keyvault get_run:Run"
    ),
}

TYPES = {
    f"{owner}.{member}": kind
    for owner, members in _OF_CLASSES.items()
    for member, _, kind in (item.partition(":") for item in members.split())
} | {"get_run": "Run"}
"""The class of what a member is, or returns when it is called."""

SAME = frozenset(
    {"take", "skip", "take_sample", "keep_columns", "drop_columns", "filter", "time_before"}
    | {"time_after", "time_between", "time_recent", "with_timestamp_columns"}
)
"""Methods that return another object of their own class."""
