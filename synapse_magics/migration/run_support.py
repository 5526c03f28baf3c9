"""Experiments and runs: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Experiments and runs"

TEXT = r"""
full     azureml.core.Experiment
         (workspace, name, _skip_name_validation=False, _id=None, _archived_time=None,
          _create_in_cloud=True, _experiment_dto=None)
full     .submit
         (config, tags=None)
differs  .start_logging
         (*args)
         > outputs is refused: run.upload_folder('outputs', path) keeps a folder
full     .get_runs
         (type=None, tags=None, properties=None, include_children=False)
full     .list
         (workspace, experiment_name=None, view_type='ActiveOnly', tags=None)
full     .archive
         ()
differs  .reactivate
         (new_name=None)
         ! new_name
         = leave it out
full     .tag
         (key, value=None)
full     .set_tags
         (tags)
full     .remove_tags
         (tags)
full     .refresh
         ()
full     .delete
         (workspace, experiment_id)
full     .name
full     .workspace
full     .id
full     .tags
full     .archived_time
differs  .get_portal_url
         ()
         > leads to this machine
full     .get_docs_url
         ()
differs  azureml.core.Run
         (experiment, run_id, outputs=None)
         ! outputs
         = run.upload_folder('outputs', path) keeps a folder with the run
full     .get
         (workspace, run_id)
full     .get_context
         (allow_offline=True, used_for_context_manager=False)
full     .list
         (experiment, type=None, tags=None, properties=None, status=None,
          include_children=False, _rehydrate_runs=True)
full     .id
full     .name
full     .display_name
full     .description
full     .type
full     .number
full     .parent
full     .status
full     .experiment
full     .input_datasets
full     .output_datasets
full     .tags
full     .properties
full     .get_details
         ()
full     .get_details_with_logs
         ()
full     .get_detailed_status
         ()
full     .get_status
         ()
full     .get_children
         (recursive=False, tags=None, properties=None, type=None, status=None,
          _rehydrate_runs=True)
full     .get_metrics
         (name=None, recursive=False, run_type=None, populate=False)
full     .get_file_names
         ()
full     .download_file
         (name, output_file_path=None, _validate_checksum=False)
full     .download_files
         (prefix=None, output_directory=None, output_paths=None, batch_size=100,
          append_prefix=True, timeout_seconds=None)
differs  .upload_file
         (name, path_or_stream, datastore_name=None)
         ! datastore_name
         = leave it out
differs  .upload_folder
         (name, path, datastore_name=None)
         ! datastore_name
         = leave it out
differs  .upload_files
         (names, paths, return_artifacts=False, timeout_seconds=None,
          datastore_name=None)
         ! datastore_name
         = leave it out
full     .get_all_logs
         (destination=None)
full     .log
         (name, value, description='', step=None)
full     .log_list
         (name, value, description='')
full     .log_row
         (name, description=None)
full     .log_table
         (name, value, description='')
full     .log_image
         (name, path=None, plot=None, description='')
full     .log_confusion_matrix
         (name, value, description='')
full     .log_accuracy_table
         (name, value, description='')
full     .log_residuals
         (name, value, description='')
full     .log_predictions
         (name, value, description='')
full     .tag
         (key, value=None)
full     .set_tags
         (tags)
full     .remove_tags
         (tags)
full     .add_properties
         (properties)
full     .get_tags
         ()
full     .get_properties
         ()
full     .cancel
         ()
differs  .complete
         (_set_status=True)
         > a submitted run ends as its process does: there it raises
differs  .fail
         (error_details=None, error_code=None, _set_status=True)
         > a submitted run ends as its process does: there it raises; run.cancel() ends it
full     .flush
         (timeout_seconds=300)
differs  .child_run
         (name=None, run_id=None, outputs=None)
         ! outputs
         = run.upload_folder('outputs', path) keeps a folder with the run
full     .create_children
         (count=None, tag_key=None, tag_values=None)
full     .submit_child
         (config, tags=None)
full     .take_snapshot
         (file_or_folder_path)
full     .restore_snapshot
         (snapshot_id=None, path=None)
full     .get_snapshot_id
         ()
full     .get_environment
         ()
full     .register_model
         (model_name, model_path=None, tags=None, properties=None, model_framework=None,
          model_framework_version=None, description=None, datasets=None,
          sample_input_dataset=None, sample_output_dataset=None,
          resource_configuration=None)
full     .get_secret
         (name)
full     .get_secrets
         (secrets)
differs  .get_portal_url
         ()
         > leads to this machine
differs  .wait_for_completion
         (show_output=False, wait_post_processing=False, raise_on_error=True)
         > prints no address of a web view
full     azureml.core.get_run
         (experiment, run_id, rehydrate=True, clean_up=True)
full     azureml.core.ScriptRun
full     azureml.pipeline.core.PipelineRun
         (experiment, run_id, **kwags)
full     .get
         (workspace, run_id)
full     .get_pipeline_runs
         (workspace, pipeline_id)
full     .find_step_run
         (name)
full     .get_steps
         ()
full     .get_status
         ()
differs  .wait_for_completion
         (show_output=True, timeout_seconds=sys.maxsize, raise_on_error=True)
         > prints no link to a portal; the log of a Spark step is shown as well
full     .cancel
         ()
full     .save
         (path=None)
full     .publish_pipeline
         (name, description, version, continue_on_step_failure=None)
full     .get_pipeline_output
         (pipeline_output_name)
full     .child_run
         (name=None, run_id=None, outputs=None)
full     .complete
full     .fail
differs  .get_graph
         ()
         > the names of the steps and what they read; not the service's graph
full     azureml.pipeline.core.StepRun
full     .pipeline_run_id
full     .get_status
         ()
full     .get_outputs
         ()
full     .get_output
         (name)
full     .get_output_data
         (name)
full     .get_job_log
         ()
full     .get_stdout_log
         ()
full     .get_stderr_log
         ()
full     .get_details_with_logs
         ()
differs  .wait_for_completion
         (show_output=True, timeout_seconds=sys.maxsize, raise_on_error=True)
         > prints no link to a portal; the log of a Spark step is shown as well
full     .child_run
         (name=None, run_id=None, outputs=None)
full     .complete
full     .fail
full     azureml.pipeline.core.StepRunOutput
full     .get_port_data_reference
         ()
full     azureml.pipeline.core.PortDataReference
full     .download
         (local_path, overwrite=None, show_progress=None)
full     .datastore_name
full     .path_on_datastore
full     .name
differs  azureml.widgets.RunDetails
         (run_instance)
         > one view of our own, in every front end; it stops at the end of the run
differs  .show
         (render_lib=None, widget_settings=None)
         > render_lib is given the run as it is now, as HTML; debug and send_telemetry of
         > widget_settings are ignored, and other settings refused
differs  .get_widget_data
         (widget_settings=None)
         > what the view shows, in a layout of our own
"""
