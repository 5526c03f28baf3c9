"""Published pipelines, schedules, drafts and modules: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Published pipelines, schedules, drafts, modules"

TEXT = r"""
full     azureml.pipeline.core.PublishedPipeline
differs  .submit
         (workspace, experiment_name, pipeline_parameters=None, parent_run_id=None,
          continue_on_step_failure=None)
         ! parent_run_id
         = leave it out
full     .get
         (workspace, id)
full     .list
         (workspace, active_only=True)
full     .enable
         ()
full     .disable
         ()
full     .get_all
         (workspace, active_only=True)
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
         = leave it out
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
full     .set_description
         (description)
differs  .endpoint
         > an address of this machine, served while the agent runs
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
full     .get_all
         (workspace, active_only=True, pipeline_id=None, pipeline_endpoint_id=None)
full     .get_schedules_for_pipeline_id
         (workspace, pipeline_id)
full     .get_schedules_for_pipeline_endpoint_id
         (workspace, pipeline_endpoint_id)
full     .id
full     .name
full     .description
full     .status
full     .recurrence
full     .pipeline_id
full     .pipeline_endpoint_id
full     .datastore_name
full     .polling_interval
full     .data_path_parameter_name
full     .continue_on_step_failure
full     .path_on_datastore
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
full     .clone_from_pipeline_run
         (pipeline_run, experiment_name=None)
full     .clone_from_published_pipeline
         (published_pipeline, experiment_name=None)
full     .get_step_names
         ()
full     .id
full     .name
full     .description
full     .experiment_name
full     .pipeline_parameters
full     .continue_on_step_failure
full     .tags
full     .properties
full     azureml.pipeline.core.Module
full     .create
         (workspace, name, description)
full     .get
         (workspace, module_id=None, name=None)
differs  .publish_python_script
         (script_name, description, inputs, outputs, params=None,
          create_sequencing_ports=True, version=None, is_default=False,
          source_directory=None, hash_paths=None, category=None, arguments=None,
          runconfig=None)
         ! runconfig
         = ModuleStep(..., runconfig=...)
full     .resolve
         (version=None)
full     .get_default
         ()
full     .set_default_version
         (version_id)
full     .get_default_version
         ()
full     .get_versions
         (workspace, name)
full     .module_version_list
         ()
full     .set_name
         (name)
full     .set_description
         (description)
full     .enable
         ()
full     .disable
         ()
full     .deprecate
         ()
full     .id
full     .name
full     .description
full     .status
full     .default_version
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
full     azureml.pipeline.core.ModuleVersion
full     .get
         (workspace, module_version_id)
full     .module_id
full     .version
full     .description
full     azureml.pipeline.core.ModuleVersionDescriptor
         (version, module_version_id)
"""
