"""Azure ML's steps that can be imported and are not run here, with what to use instead."""

from __future__ import annotations

from synapse_magics.core.not_run_here import NotRunHere
from synapse_magics.core.unsupported_training import AutoMLRun, HyperDriveRun

_SPARK = "SynapseSparkStep(file, source_directory, compute_target, ...) runs a Spark script"
_SCRIPT = "PythonScriptStep(script_name, source_directory=..., compute_target=...)"


class AdlaStep(
    NotRunHere,
    signature="(script_name, name=None, inputs=None, outputs=None, params=None, "
    "degree_of_parallelism=None, priority=None, runtime_version=None, compute_target=None, "
    "source_directory=None, allow_reuse=True, version=None, hash_paths=None)",
    instead=_SPARK,
):
    """A U-SQL script."""


class AutoMLStep(
    NotRunHere,
    signature="(name, automl_config, inputs=None, outputs=None, script_repl_params=None, "
    "allow_reuse=True, version=None, hash_paths=None, enable_default_model_output=True, "
    "enable_default_metrics_output=True, **kwargs)",
    instead=f"train in a script: {_SCRIPT}",
):
    """An automated training."""


class AutoMLStepRun(AutoMLRun, signature="(step_run)"):
    """The run of an automated training."""


class AzureBatchStep(
    NotRunHere,
    signature="(name, create_pool=False, pool_id=None, delete_batch_job_after_finish=True, "
    "delete_batch_pool_after_finish=False, is_positive_exit_code_failure=True, "
    "vm_image_urn='urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter', "
    "run_task_as_admin=False, target_compute_nodes=1, vm_size='standard_d1_v2', "
    "source_directory=None, executable=None, arguments=None, inputs=None, outputs=None, "
    "allow_reuse=True, compute_target=None, version=None)",
    instead="CommandStep(command, source_directory=..., compute_target=...) runs a program",
):
    """A program on Azure Batch."""


class DatabricksStep(
    NotRunHere,
    signature="(name, inputs=None, outputs=None, existing_cluster_id=None, spark_version=None, "
    "node_type=None, instance_pool_id=None, num_workers=None, min_workers=None, "
    "max_workers=None, spark_env_variables=None, spark_conf=None, init_scripts=None, "
    "cluster_log_dbfs_path=None, notebook_path=None, notebook_params=None, "
    "python_script_path=None, python_script_params=None, main_class_name=None, "
    "jar_params=None, python_script_name=None, source_directory=None, hash_paths=None, "
    "run_name=None, timeout_seconds=None, runconfig=None, maven_libraries=None, "
    "pypi_libraries=None, egg_libraries=None, jar_libraries=None, rcran_libraries=None, "
    "compute_target=None, allow_reuse=True, version=None, permit_cluster_restart=None)",
    instead=_SPARK,
):
    """A notebook, script or jar on Databricks."""


class DataTransferStep(
    NotRunHere,
    signature="(name, source_data_reference=None, destination_data_reference=None, "
    "compute_target=None, source_reference_type=None, destination_reference_type=None, "
    "allow_reuse=True)",
    instead=f"copy the files in a script: {_SCRIPT}",
):
    """A copy from one store to another."""


class EstimatorStep(
    NotRunHere,
    signature="(name=None, estimator=None, estimator_entry_script_arguments=None, "
    "runconfig_pipeline_params=None, inputs=None, outputs=None, compute_target=None, "
    "allow_reuse=True, version=None)",
    instead=_SCRIPT,
):
    """A training by an estimator."""


class HyperDriveStep(
    NotRunHere,
    signature="(name, hyperdrive_config, estimator_entry_script_arguments=None, inputs=None, "
    "outputs=None, metrics_output=None, allow_reuse=True, version=None)",
    instead=f"search inside one step: {_SCRIPT}",
):
    """A search for the best parameters."""


class HyperDriveStepRun(HyperDriveRun, signature="(step_run)"):
    """The run of a search."""


class KustoStep(
    NotRunHere,
    signature="(name, compute_target, database_name, query_directory, output, "
    "parameter_dict=None, allow_reuse=False)",
    instead=f"query it in a script with azure-kusto-data: {_SCRIPT}",
):
    """A query of Azure Data Explorer."""


class MpiStep(
    NotRunHere,
    signature="(name=None, source_directory=None, script_name=None, arguments=None, "
    "compute_target=None, node_count=None, process_count_per_node=None, inputs=None, "
    "outputs=None, allow_reuse=True, version=None, hash_paths=None, **kwargs)",
    instead="CommandStep('mpirun ... python script.py') starts it on this machine, where MPI is "
    "installed; ParallelRunStep divides work without MPI",
):
    """A script in several processes of MPI."""


class RScriptStep(
    NotRunHere,
    signature="(script_name, name=None, arguments=None, compute_target=None, runconfig=None, "
    "runconfig_pipeline_params=None, inputs=None, outputs=None, params=None, "
    "source_directory=None, use_gpu=False, custom_docker_image=None, cran_packages=None, "
    "github_packages=None, custom_url_packages=None, allow_reuse=True, version=None)",
    instead="CommandStep('Rscript script.R ...') runs it, where R is installed",
):
    """A script in R."""


class Graph(NotRunHere, instead="Pipeline.validate() checks a graph; run.get_steps() lists it"):
    """The graph of a pipeline, as the service holds it."""


class Node(NotRunHere, instead="the steps of a run: run.get_steps(), run.find_step_run(name)"):
    """A node of a graph, as the service holds it."""


class PipelineDataset(NotRunHere, instead="dataset.as_named_input(name) is an input of a step"):
    """A dataset as the graph of the service holds it."""


class TrainingOutput(
    NotRunHere,
    signature="(type, iteration=None, metric=None, model_file=None)",
    instead="it belongs to AutoML and HyperDrive; write the model to an output of the step",
):
    """A metric or a model of a training that is not run here."""
