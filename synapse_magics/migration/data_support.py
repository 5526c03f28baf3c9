"""Datasets, inputs and outputs: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Datasets, inputs and outputs"

TEXT = r"""
full     azureml.core.Dataset
full     .get_by_name
         (workspace, name, version='latest')
full     .get_by_id
         (workspace, id)
differs  .get_all
         (workspace)
         > a dict, without registrations
full     .Tabular
full     .File
full     azureml.data.dataset_factory.TabularDatasetFactory
full     .from_delimited_files
         (path, validate=True, include_path=False, infer_column_types=True,
          set_column_types=None, separator=',', header=True, partition_format=None,
          support_multi_line=False, empty_as_string=False, encoding='utf8')
differs  .from_parquet_files
         (path, validate=True, include_path=False, set_column_types=None,
          partition_format=None)
         > set_column_types makes no texts of decimal numbers or times
differs  .from_json_lines_files
         (path, validate=True, include_path=False, set_column_types=None,
          partition_format=None, invalid_lines='error', encoding='utf8')
         > each line is a flat object; invalid_lines='drop' leaves out lines that are no
         > objects, and a value of another type than its column's is an error
no       .from_sql_query
         (query, validate=True, set_column_types=None, query_timeout=30)
         > query the database in a PythonScriptStep, and write what it answers to an
         > output
full     .register_pandas_dataframe
         (dataframe, target, name, description=None, tags=None, show_progress=True,
          row_group_size=None, make_target_path_unique=True)
full     .register_spark_dataframe
         (dataframe, target, name, description=None, tags=None, show_progress=True)
full     azureml.data.dataset_factory.FileDatasetFactory
full     .from_files
         (path, validate=True, partition_format=None, is_file=False)
full     .upload_directory
         (src_dir, target, pattern=None, overwrite=False, show_progress=True)
full     azureml.data.dataset_factory.DataType
full     .to_string
         ()
full     .to_long
         ()
full     .to_float
         (decimal_mark='.')
full     .to_bool
         ()
differs  .to_datetime
         (formats=None)
         > the codes of a format are %Y %m %d %b %B %H %I %p %M %S %f %z
no       .to_stream
         (workspace, escaped=False)
         > keep the paths as text, and define a file dataset of the files
full     azureml.data.dataset_type_definitions.PromoteHeadersBehavior
full     azureml.data.abstract_dataset.AbstractDataset
full     .id
full     .name
full     .version
full     .description
full     .tags
full     .data_changed_time
full     .partition_keys
full     .as_named_input
         (name)
differs  .register
         (workspace, name, description=None, tags=None, create_new_version=False)
         > what is registered under the name already keeps its version, and is not refused
full     .update
         (description=None, tags=None)
full     .add_tags
         (tags=None)
full     .remove_tags
         (tags=None)
full     .unregister_all_versions
         ()
full     .get_partition_key_values
         (partition_keys=None)
full     azureml.data.TabularDataset
full     .to_pandas_dataframe
         (on_error='null', out_of_range_datetime='null')
full     .to_spark_dataframe
         ()
full     .to_dask_dataframe
         (sample_size=10000, dtypes=None, on_error='null', out_of_range_datetime='null')
full     .take
         (count)
full     .skip
         (count)
differs  .take_sample
         (probability, seed=None)
         > pandas and Spark do not choose the same rows; without a seed a random one is kept
differs  .random_split
         (percentage, seed=None)
         > pandas and Spark do not choose the same rows; without a seed a random one is kept
full     .keep_columns
         (columns, validate=False)
full     .drop_columns
         (columns)
differs  .filter
         (expression)
         > comparisons, is_null, starts_with, ends_with and contains, joined with & | ~; for
         > arithmetic filter the DataFrame
differs  .partition_by
         (partition_keys, target, name=None, show_progress=True,
          partition_as_file_dataset=False)
         ! partition_as_file_dataset
         = Dataset.File.from_files of the folder is the dataset of them as files
         > the files hold the key columns as well
differs  .with_timestamp_columns
         (timestamp=None, partition_timestamp=None, validate=False)
         > partition_timestamp leaves no files out; it counts where there is no timestamp
full     .time_before
         (end_time, include_boundary=True, validate=True)
full     .time_after
         (start_time, include_boundary=True, validate=True)
full     .time_between
         (start_time, end_time, include_boundary=True, validate=True)
differs  .time_recent
         (time_delta, include_boundary=True, validate=True)
         > counted from the call, not from when the table is read
differs  .to_csv_files
         (separator=',')
         > the table is written to the default datastore at the call, and not when it is read
differs  .to_parquet_files
         ()
         > the table is written to the default datastore at the call, and not when it is read
differs  .submit_profile_run
         (compute_target, experiment, cache_datastore_name=None)
         ! cache_datastore_name
         = leave it out: nothing is cached
         > the profile is made by this process, whatever the compute target
differs  .get_profile
         (workspace=None)
         > the profile is made at the call, of the data as it is; it has the figures of columns, and
         > no histograms
full     .get_profile_runs
         (workspace=None)
full     azureml.data.dataset_profile_run.DatasetProfileRun
         (workspace, dataset, run)
differs  .get_profile
         ()
         > the profile is made at the call, of the data as it is; it has the figures of columns, and
         > no histograms
full     azureml.data.FileDataset
full     .to_path
         ()
full     .download
         (target_path=None, overwrite=False, ignore_not_found=False)
differs  .mount
         (mount_point=None)
         > a folder with links to the files takes the place of a mount
full     .as_mount
         (path_on_compute=None)
full     .as_download
         (path_on_compute=None)
full     .as_hdfs
         ()
full     .take
         (count)
full     .skip
         (count)
full     .take_sample
         (probability, seed=None)
full     .random_split
         (percentage, seed=None)
full     .filter
         (expression)
differs  .file_metadata
         (col)
         > CreationTime is the time of the last change, which is what a copy keeps
no       .as_cache
         (datacache_store)
         > read the dataset itself; local files need no cache
no       .hydrate
         (datacache_store, replica_count=None)
         > read the dataset itself; local files need no cache
full     azureml.data.dataset_consumption_config.DatasetConsumptionConfig
         (name, dataset, mode='direct', path_on_compute=None)
full     .as_download
         (path_on_compute=None)
full     .as_mount
         (path_on_compute=None)
full     .as_hdfs
         ()
full     azureml.data.output_dataset_config.OutputDatasetConfig
full     .register_on_complete
         (name, description=None, tags=None)
full     azureml.data.OutputFileDatasetConfig
         (name=None, destination=None, source=None, partition_format=None)
full     .as_mount
         (disable_metadata_cache=False)
full     .as_upload
         (overwrite=False, source_globs=None)
full     .as_input
         (name=None)
full     .read_delimited_files
         (include_path=False, separator=',',
          header=PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
          partition_format=None, path_glob=None, set_column_types=None)
full     .read_parquet_files
         (include_path=False, partition_format=None, path_glob=None,
          set_column_types=None)
full     azureml.data.HDFSOutputDatasetConfig
         (name=None, destination=None)
full     .as_input
         (name=None)
full     .read_delimited_files
         (include_path=False, separator=',',
          header=PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
          partition_format=None, path_glob=None, set_column_types=None)
full     .read_parquet_files
         (include_path=False, partition_format=None, path_glob=None,
          set_column_types=None)
full     azureml.data.output_dataset_config.OutputTabularDatasetConfig
full     .keep_columns
         (columns)
full     .drop_columns
         (columns)
no       .random_split
         (percentage, seed=None)
         > split the table in the step that takes it: TabularDataset.random_split
full     .as_mount
         ()
full     .as_upload
         (overwrite=False, source_globs=None)
full     .as_input
         (name=None)
full     azureml.data.LinkFileOutputDatasetConfig
         (name=None)
full     .as_input
         (name=None)
full     azureml.data.LinkTabularOutputDatasetConfig
         (name=None)
full     .as_input
         (name=None)
full     azureml.data.output_dataset_config.RegistrationConfiguration
         (name, description, tags)
full     azureml.data.output_dataset_config.UploadOptions
         (overwrite=False, source_globs=None)
full     azureml.data.output_dataset_config.MountOptions
         (disable_metadata_cache=False)
full     azureml.data.data_reference.DataReference
         (datastore, data_reference_name=None, path_on_datastore=None, mode='mount',
          path_on_compute=None, overwrite=False)
full     .path
         (path=None, data_reference_name=None)
full     .as_download
         (path_on_compute=None, overwrite=False)
full     .as_upload
         (path_on_compute=None, overwrite=False)
full     .as_mount
         ()
full     .to_config
         ()
full     azureml.data.datapath.DataPath
         (datastore=None, path_on_datastore=None, name=None)
full     .datastore_name
full     .path_on_datastore
full     .create_data_reference
         (data_reference_name=None, datapath_compute_binding=None)
full     azureml.data.datapath.DataPathComputeBinding
         (mode='mount', path_on_compute=None, overwrite=False)
"""
