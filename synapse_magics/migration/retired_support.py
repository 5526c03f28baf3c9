"""Calls of datasets that Azure ML retired itself: what to use instead, name by name."""

from __future__ import annotations

TITLE = "Retired calls of datasets"

TEXT = r"""
no       azureml.core.Dataset.get
         (workspace, name=None, id=None)
         > Dataset.get_by_name(workspace, name) or Dataset.get_by_id(workspace, id)
no       azureml.core.Dataset.list
         (workspace)
         > Dataset.get_all(workspace)
no       azureml.core.Dataset.auto_read_files
         (path, include_path=False, partition_format=None)
         > Dataset.Tabular.from_delimited_files(...), from_parquet_files(...) or
         > from_json_lines_files(...)
no       azureml.core.Dataset.from_delimited_files
         (path, separator=',', header=PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
          encoding=FileEncoding.UTF8, quoting=False, infer_column_types=True, skip_rows=0,
          skip_mode=SkipLinesBehavior.NO_ROWS, comment=None, include_path=False,
          archive_options=None, partition_format=None)
         > Dataset.Tabular.from_delimited_files(...)
no       azureml.core.Dataset.from_parquet_files
         (path, include_path=False, partition_format=None)
         > Dataset.Tabular.from_parquet_files(...)
no       azureml.core.Dataset.from_json_files
         (path, encoding=FileEncoding.UTF8, flatten_nested_arrays=False, include_path=False,
          partition_format=None)
         > Dataset.Tabular.from_json_lines_files(...)
no       azureml.core.Dataset.from_excel_files
         (path, sheet_name=None, use_column_headers=False, skip_rows=0, include_path=False,
          infer_column_types=True, partition_format=None)
         > Dataset.Tabular.register_pandas_dataframe(pandas.read_excel(file), target, name)
no       azureml.core.Dataset.from_binary_files
         (path)
         > Dataset.File.from_files(path)
no       azureml.core.Dataset.from_pandas_dataframe
         (dataframe, path=None, in_memory=False)
         > Dataset.Tabular.register_pandas_dataframe(dataframe, target, name)
no       azureml.core.Dataset.from_sql_query
         (data_source, query)
         > query the database in a PythonScriptStep, and write what it answers to an output
"""
