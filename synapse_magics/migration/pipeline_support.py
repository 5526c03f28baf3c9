"""Pipelines and steps: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Pipelines and steps"

TEXT = r"""
full     azureml.pipeline.core.Pipeline
         (workspace, steps, description=None, default_datastore=None,
          default_source_directory=None, resolve_closure=True)
full     .validate
         ()
differs  .submit
         (experiment_name, pipeline_parameters=None, continue_on_step_failure=False,
          regenerate_outputs=False, parent_run_id=None, credential_passthrough=None)
         ! parent_run_id credential_passthrough
         > leave it out
full     .publish
         (name=None, description=None, version=None, continue_on_step_failure=None)
full     .service_endpoint
         ()
differs  .graph
         > the names of the steps and what they read; not the service's graph
full     .load_yaml
         (workspace, filename)
differs  azureml.pipeline.core.PipelineStep
         > a base of the steps that there are; kinds of your own are not run
full     .run_after
         (step)
full     .name
full     azureml.pipeline.core.StepSequence
         (steps=None)
full     azureml.pipeline.core.PipelineParameter
         (name, default_value)
differs  azureml.pipeline.core.PipelineData
         (name, datastore=None, output_name=None, output_mode='mount',
          output_path_on_compute=None, output_overwrite=None, data_type=None,
          is_directory=None, pipeline_output_name=None, training_output=None)
         ! training_output
         > instead, run.register_model in the script
full     .as_download
         (input_name=None, path_on_compute=None, overwrite=None)
full     .as_mount
         (input_name=None)
full     .as_input
         (input_name)
full     .as_dataset
         ()
full     .get_env_variable_name
         ()
full     .name
full     .datastore
full     azureml.pipeline.core.pipeline_output_dataset.PipelineOutputFileDataset
full     .as_mount
         (path_on_compute=None)
full     .as_download
         (path_on_compute=None)
full     .as_direct
         ()
full     .parse_delimited_files
         (include_path=False, separator=',',
          header=PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
          partition_format=None, file_extension='', set_column_types=None,
          quoted_line_breaks=False)
full     .parse_parquet_files
         (include_path=False, partition_format=None, file_extension='.parquet',
          set_column_types=None)
full     .as_named_input
         (name)
full     .register
         (name, create_new_version=True)
full     azureml.pipeline.core.pipeline_output_dataset.PipelineOutputTabularDataset
full     .keep_columns
         (columns)
full     .drop_columns
         (columns)
no       .random_split
         (percentage, seed=None)
         > split the table in the step that takes it: TabularDataset.random_split
full     .as_named_input
         (name)
full     .register
         (name, create_new_version=True)
full     azureml.pipeline.core.PublishedPipeline
differs  .submit
         (workspace, experiment_name, pipeline_parameters=None, parent_run_id=None,
          continue_on_step_failure=None)
         ! parent_run_id
         > leave it out
full     .get
         (workspace, id)
full     .list
         (workspace, active_only=True)
full     .enable
         ()
full     .disable
         ()
full     .get_step_names
         ()
full     .save
         (path=None)
full     .id
full     .name
full     .description
full     .version
full     .status
full     .continue_on_step_failure
full     .total_run_steps
differs  .endpoint
         > an address of this machine, served while the agent runs
full     azureml.pipeline.core.PipelineEndpoint
full     .publish
         (workspace, name, description, pipeline)
full     .get
         (workspace, id=None, name=None)
full     .list
         (workspace, active_only=True, max_results=100)
full     .add
         (pipeline)
full     .add_default
         (pipeline)
full     .set_default
         (pipeline)
full     .set_default_version
         (version)
full     .get_default_version
         ()
full     .get_pipeline
         (version=None)
full     .list_versions
         ()
full     .list_pipelines
         (active_only=True)
differs  .submit
         (experiment_name, pipeline_parameters=None, parent_run_id=None,
          pipeline_version=None)
         ! parent_run_id
         > leave it out
full     .archive
         ()
full     .reactivate
         (name)
full     .enable
         ()
full     .disable
         ()
full     .set_name
         (name)
full     azureml.pipeline.core.Schedule
full     .create
         (workspace, name, pipeline_id, experiment_name, recurrence=None,
          description=None, pipeline_parameters=None, wait_for_provisioning=False,
          wait_timeout=3600, datastore=None, polling_interval=5,
          data_path_parameter_name=None, continue_on_step_failure=None,
          path_on_datastore=None)
full     .create_for_pipeline_endpoint
         (workspace, name, pipeline_endpoint_id, experiment_name, recurrence=None,
          description=None, pipeline_parameters=None, wait_for_provisioning=False,
          wait_timeout=3600, datastore=None, polling_interval=5,
          data_path_parameter_name=None, continue_on_step_failure=None,
          path_on_datastore=None)
full     .get
         (workspace, id)
full     .list
         (workspace, active_only=True, pipeline_id=None, pipeline_endpoint_id=None)
full     .update
         (name=None, description=None, recurrence=None, pipeline_parameters=None,
          status=None, wait_for_provisioning=False, wait_timeout=3600, datastore=None,
          polling_interval=None, data_path_parameter_name=None,
          continue_on_step_failure=None, path_on_datastore=None)
full     .enable
         (wait_for_provisioning=False, wait_timeout=3600)
full     .disable
         (wait_for_provisioning=False, wait_timeout=3600)
full     .get_pipeline_runs
         ()
full     .get_last_pipeline_run
         ()
full     .id
full     .name
full     .status
full     .recurrence
full     azureml.pipeline.core.ScheduleRecurrence
         (frequency, interval, start_time=None, time_zone=None, hours=None,
          minutes=None, week_days=None, time_of_day=None)
full     azureml.pipeline.core.TimeZone
full     azureml.pipeline.core.PipelineDraft
full     .create
         (workspace, pipeline, name=None, description=None, experiment_name=None,
          pipeline_parameters=None, continue_on_step_failure=None, tags=None,
          properties=None)
full     .get
         (workspace, id)
full     .list
         (workspace, tags=None)
full     .update
         (pipeline=None, name=None, description=None, experiment_name=None, tags=None,
          pipeline_parameters=None, continue_on_step_failure=None)
full     .submit_run
         ()
full     .publish
         ()
full     .delete
         ()
full     azureml.pipeline.core.Module
full     .create
         (workspace, name, description)
full     .get
         (workspace, module_id=None, name=None)
full     .publish_python_script
         (script_name, description, inputs, outputs, params=None,
          create_sequencing_ports=True, version=None, is_default=False,
          source_directory=None, hash_paths=None, category=None, arguments=None,
          runconfig=None)
full     .resolve
         (version=None)
full     .get_default
         ()
full     .set_default_version
         (version_id)
no       .publish_adla_script
         (script_name, description, inputs, outputs, params=None,
          create_sequencing_ports=True, degree_of_parallelism=None, priority=None,
          runtime_version=None, compute_target=None, version=None, is_default=False,
          source_directory=None, hash_paths=None, category=None, arguments=None)
         > publish_python_script publishes a script
no       .publish_azure_batch
         (description, compute_target, inputs, outputs, params=None,
          create_sequencing_ports=True, version=None, is_default=False,
          create_pool=False, pool_id=None, delete_batch_job_after_finish=False,
          delete_batch_pool_after_finish=False, is_positive_exit_code_failure=True,
          vm_image_urn='urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter',
          run_task_as_admin=False, target_compute_nodes=1, vm_size='standard_d1_v2',
          executable=None, source_directory=None, category=None, arguments=None)
         > publish_python_script publishes a script
full     azureml.pipeline.core.graph.InputPortDef
         (name, data_types=None, default_datastore_mode=None,
          default_path_on_compute=None, is_optional=False, default_overwrite=None,
          default_data_reference_name=None, is_resource=False, label=None,
          additional_transformations=None)
full     azureml.pipeline.core.graph.OutputPortDef
         (name, default_datastore_name=None, default_datastore_mode=None,
          default_path_on_compute=None, is_directory=False, data_type=None,
          default_overwrite=None, training_output=None, label=None)
full     azureml.pipeline.core.graph.ParamDef
         (name, default_value=None, is_metadata_param=False, is_optional=False,
          set_env_var=False, calculate_hash=True, env_var_override=None)
full     azureml.pipeline.core.InputPortBinding
full     azureml.pipeline.core.OutputPortBinding
full     azureml.pipeline.steps.SynapseSparkStep
         (file, source_directory, compute_target, driver_memory, driver_cores,
          executor_memory, executor_cores, num_executors, name=None, app_name=None,
          environment=None, arguments=None, inputs=None, outputs=None, conf=None,
          py_files=None, jars=None, files=None, allow_reuse=True, version=None)
differs  azureml.pipeline.steps.PythonScriptStep
         (script_name, name=None, arguments=None, compute_target=None, runconfig=None,
          runconfig_pipeline_params=None, inputs=None, outputs=None, params=None,
          source_directory=None, allow_reuse=True, version=None, hash_paths=None)
         ! runconfig_pipeline_params
         > a step is one process of this machine; leave it out
full     azureml.pipeline.steps.CommandStep
         (command=None, name=None, compute_target=None, runconfig=None,
          runconfig_pipeline_params=None, inputs=None, outputs=None, params=None,
          source_directory=None, allow_reuse=True, version=None)
full     azureml.pipeline.steps.ParallelRunConfig
         (environment, entry_script, error_threshold, output_action, compute_target,
          node_count, process_count_per_node=None, mini_batch_size=None,
          source_directory=None, description=None, logging_level='INFO',
          run_invocation_timeout=60, run_max_try=3, append_row_file_name=None,
          allowed_failed_count=None, allowed_failed_percent=None, partition_keys=None,
          environment_variables=None)
full     azureml.pipeline.steps.ParallelRunStep
         (name, parallel_run_config, inputs, output=None, side_inputs=None,
          arguments=None, allow_reuse=True)
full     azureml_user.parallel_run.EntryScript
full     azureml.pipeline.steps.ModuleStep
         (module=None, version=None, module_version=None, inputs_map=None,
          outputs_map=None, compute_target=None, runconfig=None,
          runconfig_pipeline_params=None, arguments=None, params=None, name=None)
"""
