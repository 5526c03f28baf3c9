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
         = leave it out
full     .publish
         (name=None, description=None, version=None, continue_on_step_failure=None)
no       .service_endpoint
         ()
         > pipeline.publish(...).endpoint
differs  .graph
         > the names of the steps and what they read; not the service's graph
no       .load_yaml
         (workspace, filename)
         > make the steps in Python: Pipeline(workspace, [PythonScriptStep(...), ...])
differs  azureml.pipeline.core.PipelineStep
         > a base of the steps that there are; kinds of your own are not run
full     .run_after
         (step)
full     .name
full     azureml.pipeline.core.StepSequence
         (steps=None)
full     azureml.pipeline.core.PipelineParameter
         (name, default_value)
full     .name
full     .default_value
differs  azureml.pipeline.core.PipelineData
         (name, datastore=None, output_name=None, output_mode='mount',
          output_path_on_compute=None, output_overwrite=None, data_type=None,
          is_directory=None, pipeline_output_name=None, training_output=None)
         ! training_output
         = run.register_model in the script
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
differs  .register
         (name, create_new_version=True)
         > each finished run adds a version: create_new_version=False is refused
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
differs  .register
         (name, create_new_version=True)
         > each finished run adds a version: create_new_version=False is refused
differs  azureml.pipeline.core.graph.InputPortDef
         (name, data_types=None, default_datastore_mode=None,
          default_path_on_compute=None, is_optional=False, default_overwrite=None,
          default_data_reference_name=None, is_resource=False, label=None,
          additional_transformations=None)
         ! default_path_on_compute default_overwrite is_resource additional_transformations
         = the path is what the step is told; data are transformed in its script
differs  azureml.pipeline.core.graph.OutputPortDef
         (name, default_datastore_name=None, default_datastore_mode=None,
          default_path_on_compute=None, is_directory=False, data_type=None,
          default_overwrite=None, training_output=None, label=None)
         ! default_path_on_compute default_overwrite training_output
         = bind an output that says so to the port, by outputs_map
no       azureml.pipeline.core.graph.ParamDef
         (name, default_value=None, is_metadata_param=False, is_optional=False,
          set_env_var=False, calculate_hash=True, env_var_override=None)
         > Module.publish_python_script(..., params={name: value})
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
         = a step is one process of this machine; leave it out
differs  azureml.pipeline.steps.CommandStep
         (command=None, name=None, compute_target=None, runconfig=None,
          runconfig_pipeline_params=None, inputs=None, outputs=None, params=None,
          source_directory=None, allow_reuse=True, version=None)
         ! runconfig_pipeline_params
         = a step is one process of this machine; leave it out
full     azureml.pipeline.steps.ParallelRunConfig
         (environment, entry_script, error_threshold, output_action, compute_target,
          node_count, process_count_per_node=None, mini_batch_size=None,
          source_directory=None, description=None, logging_level='INFO',
          run_invocation_timeout=60, run_max_try=3, append_row_file_name=None,
          allowed_failed_count=None, allowed_failed_percent=None, partition_keys=None,
          environment_variables=None)
no       .load_yaml
         (workspace, path)
         > ParallelRunConfig(...) with the values of the file
no       .save_to_yaml
         (path)
         > keep the call of ParallelRunConfig(...)
full     azureml.pipeline.steps.ParallelRunStep
         (name, parallel_run_config, inputs, output=None, side_inputs=None,
          arguments=None, allow_reuse=True)
full     azureml_user.parallel_run.EntryScript
differs  azureml.pipeline.steps.ModuleStep
         (module=None, version=None, module_version=None, inputs_map=None,
          outputs_map=None, compute_target=None, runconfig=None,
          runconfig_pipeline_params=None, arguments=None, params=None, name=None)
         ! runconfig_pipeline_params
         = a step is one process of this machine; leave it out
"""
