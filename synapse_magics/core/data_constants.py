"""Azure ML's words for kinds of datastores, for their credentials and for how data are accessed."""

from __future__ import annotations

from synapse_magics.core.open_stores import DEFAULT_DATASTORE, FILE_DATASTORE

AZURE_BLOB = "AzureBlob"
AZURE_DATA_LAKE = "AzureDataLake"
AZURE_DATA_LAKE_GEN2 = "AzureDataLakeGen2"
AZURE_FILE = "AzureFile"
AZURE_MYSQL = "AzureMySql"
AZURE_POSTGRESQL = "AzurePostgreSql"
AZURE_SQL_DATABASE = "AzureSqlDatabase"
CUSTOM = "Custom"
DBFS = "DBFS"
HDFS = "Hdfs"

ACCOUNT_KEY = "AccountKey"
CLIENT_CREDENTIALS = "ClientCredentials"
NONE = "None"
SAS = "Sas"
SERVICE_PRINCIPAL = "ServicePrincipal"
SQL_AUTHENTICATION = "SqlAuthentication"

DIRECT_MODE = "direct"
DOWNLOAD_MODE = "download"
HDFS_MODE = "hdfs"
LINK_MODE = "link"
MOUNT_MODE = "mount"
UPLOAD_MODE = "upload"

WORKSPACE_BLOB_DATASTORE = DEFAULT_DATASTORE
WORKSPACE_FILE_DATASTORE = FILE_DATASTORE
