"""Azure storage that a workspace knows by name.

Containers of blobs and file systems of Data Lake Gen2 are read and written. The others are
references: code that registers them, finds them and lists them runs; whoever touches the data is
told what to do instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core.datastore_registration import azure_place, register_address, register_azure
from synapse_magics.core.exceptions import UserErrorException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_magics.core.datastore import Datastore
    from synapse_magics.core.workspace import Workspace


class AzureRegistrations:
    """The calls of ``Datastore`` that register storage.

    A secret that is given as a value goes to the workspace's keyvault, which is said; the
    registration names it. Without one, who is logged in to Azure is asked for. Parameters about
    how Azure works (``blob_cache_timeout``, ``grant_workspace_access``, ``subscription_id``,
    ``resource_group``, ``resource_url``, ``authority_url``) are kept with the registration and
    have no effect.
    """

    @staticmethod
    def register(
        workspace: Workspace,
        name: str,
        address: str,
        credential: str | None = None,
        options: Mapping[str, object] | None = None,
        overwrite: bool = False,
    ) -> Datastore:
        """Register a place of any kind.

        Parameters
        ----------
        workspace : Workspace
        name : str
        address : str
            A folder of this machine, or ``s3://bucket/path``, ``abfss://fs@account.dfs…``,
            ``wasbs://container@account.blob…``, ``https://host/path``, ``hdfs://host:port/path``,
            ``memory://name`` (of this process alone).
        credential : str, optional
            Where the secret is, never the secret itself: ``env:VARIABLE``, ``keyvault:SECRET``,
            ``azure-identity``, or ``anonymous``. S3's secret is ``KEY_ID:SECRET[:TOKEN]``, or the
            secret alone beside the option ``access_key_id``; Azure's is an account key, a SAS
            token, a connection string, or a client's secret beside ``tenant_id`` and
            ``client_id``; the web's is a bearer token. Without one, the library of that storage
            looks where it always does (AWS's files and variables, ``AZURE_STORAGE_*``).
        options : mapping, optional
            No secrets: ``endpoint_url``, ``region`` and ``access_key_id`` of S3; ``endpoint_url``,
            ``tenant_id`` and ``client_id`` of Azure; ``user`` and ``kerb_ticket`` of HDFS.
        overwrite : bool
            Replace a registration of that name.

        Returns
        -------
        Datastore

        Raises
        ------
        UserErrorException
            If the name is refused or taken.
        StorageError
            If the address, the credential or an option is refused.
        """
        return register_address(workspace, name, address, credential, options, overwrite=overwrite)

    @staticmethod
    def register_azure_blob_container(
        workspace: Workspace,
        datastore_name: str,
        container_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
        blob_cache_timeout: int | None = None,
        grant_workspace_access: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
    ) -> Datastore:
        """Register a container of Azure Blob Storage.

        Parameters
        ----------
        workspace : Workspace
        datastore_name, container_name, account_name : str
        sas_token, account_key : str, optional
            Go to the keyvault.
        protocol, endpoint : str, optional
            ``https`` and ``core.windows.net`` if missing; ``http`` and ``127.0.0.1:10000`` of an
            emulator.
        overwrite : bool
            Replace a registration of that name.
        create_if_not_exists : bool
            Make the container.
        skip_validation : bool
            Do not try whether the key fits.
        blob_cache_timeout, grant_workspace_access, subscription_id, resource_group
            Kept, of no effect.

        Returns
        -------
        Datastore
        """
        return _register(
            workspace,
            datastore_name,
            "AzureBlob",
            overwrite=overwrite,
            scheme="wasbs",
            container_name=container_name,
            account_name=account_name,
            sas_token=sas_token,
            account_key=account_key,
            protocol=protocol or "https",
            endpoint=endpoint or "core.windows.net",
            create_if_not_exists=create_if_not_exists,
            skip_validation=skip_validation,
            blob_cache_timeout=blob_cache_timeout,
            grant_workspace_access=grant_workspace_access,
            subscription_id=subscription_id,
            resource_group=resource_group,
        )

    @staticmethod
    def register_azure_file_share(
        workspace: Workspace,
        datastore_name: str,
        file_share_name: str,
        account_name: str,
        sas_token: str | None = None,
        account_key: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
    ) -> Datastore:
        """Register a share of Azure Files, as a reference: shares are not accessed here.

        ``create_if_not_exists`` and ``skip_validation`` are kept, of no effect.
        """
        return _register(
            workspace,
            datastore_name,
            "AzureFile",
            overwrite=overwrite,
            container_name=file_share_name,
            account_name=account_name,
            sas_token=sas_token,
            account_key=account_key,
            protocol=protocol or "https",
            endpoint=endpoint or "core.windows.net",
            create_if_not_exists=create_if_not_exists,
            skip_validation=skip_validation,
        )

    @staticmethod
    def register_azure_data_lake_gen2(
        workspace: Workspace,
        datastore_name: str,
        filesystem: str,
        account_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        protocol: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        grant_workspace_access: bool = False,
    ) -> Datastore:
        """Register a file system of Azure Data Lake Storage Gen2.

        As :meth:`register_azure_blob_container`; ``client_secret`` goes to the keyvault.
        """
        return _register(
            workspace,
            datastore_name,
            "AzureDataLakeGen2",
            overwrite=overwrite,
            scheme="abfss",
            container_name=filesystem,
            account_name=account_name,
            tenant_id=tenant_id,
            client_id=client_id,
            client_secret=client_secret,
            resource_url=resource_url,
            authority_url=authority_url,
            protocol=protocol or "https",
            endpoint=endpoint or "core.windows.net",
            subscription_id=subscription_id,
            resource_group=resource_group,
            grant_workspace_access=grant_workspace_access,
        )

    @staticmethod
    def register_azure_data_lake(
        workspace: Workspace,
        datastore_name: str,
        store_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        overwrite: bool = False,
        grant_workspace_access: bool = False,
    ) -> Datastore:
        """Register a store of Azure Data Lake Storage Gen1.

        As :meth:`register_azure_blob_container`; ``client_secret`` goes to the keyvault.
        """
        return _register(
            workspace,
            datastore_name,
            "AzureDataLake",
            overwrite=overwrite,
            store_name=store_name,
            tenant_id=tenant_id,
            client_id=client_id,
            client_secret=client_secret,
            resource_url=resource_url,
            authority_url=authority_url,
            subscription_id=subscription_id,
            resource_group=resource_group,
            grant_workspace_access=grant_workspace_access,
        )

    @staticmethod
    def register_azure_sql_database(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        tenant_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        resource_url: str | None = None,
        authority_url: str | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        username: str | None = None,
        password: str | None = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        grant_workspace_access: bool = False,
        **kwargs: Any,
    ) -> Datastore:
        """Register an Azure SQL database, as a reference; secrets go to the keyvault."""
        return _register(
            workspace,
            datastore_name,
            "AzureSqlDatabase",
            overwrite=overwrite,
            server_name=server_name,
            database_name=database_name,
            tenant_id=tenant_id,
            client_id=client_id,
            client_secret=client_secret,
            resource_url=resource_url,
            authority_url=authority_url,
            endpoint=endpoint,
            username=username,
            password=password,
            subscription_id=subscription_id,
            resource_group=resource_group,
            grant_workspace_access=grant_workspace_access,
            **kwargs,
        )

    @staticmethod
    def register_azure_postgre_sql(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: str | int | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        enforce_ssl: bool = True,
        **kwargs: Any,
    ) -> Datastore:
        """Register an Azure PostgreSQL database, as a reference; secrets go to the keyvault."""
        return _register(
            workspace,
            datastore_name,
            "AzurePostgreSql",
            overwrite=overwrite,
            server_name=server_name,
            database_name=database_name,
            user_id=user_id,
            user_password=user_password,
            port_number=port_number,
            endpoint=endpoint,
            enforce_ssl=enforce_ssl,
            **kwargs,
        )

    @staticmethod
    def register_azure_my_sql(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: str | int | None = None,
        endpoint: str | None = None,
        overwrite: bool = False,
        **kwargs: Any,
    ) -> Datastore:
        """Register an Azure MySQL database, as a reference; secrets go to the keyvault."""
        return _register(
            workspace,
            datastore_name,
            "AzureMySql",
            overwrite=overwrite,
            server_name=server_name,
            database_name=database_name,
            user_id=user_id,
            user_password=user_password,
            port_number=port_number,
            endpoint=endpoint,
            **kwargs,
        )

    @staticmethod
    def register_dbfs(workspace: Workspace, datastore_name: str) -> Datastore:
        """Register the file system of Databricks, as a reference."""
        return _register(workspace, datastore_name, "DBFS", overwrite=False)

    @staticmethod
    def register_hdfs(
        workspace: Workspace,
        datastore_name: str,
        protocol: str,
        namenode_address: str,
        hdfs_server_certificate: str | None,
        kerberos_realm: str,
        kerberos_kdc_address: str,
        kerberos_principal: str,
        kerberos_keytab: str | None = None,
        kerberos_password: str | None = None,
        overwrite: bool = False,
    ) -> Datastore:
        """Register a Hadoop file system with Kerberos, as a reference; secrets go to the keyvault.

        :meth:`register` of an ``hdfs://`` address is one whose data is accessed.
        """
        return _register(
            workspace,
            datastore_name,
            "Hdfs",
            overwrite=overwrite,
            protocol=protocol,
            namenode_address=namenode_address,
            hdfs_server_certificate=hdfs_server_certificate,
            kerberos_realm=kerberos_realm,
            kerberos_kdc_address=kerberos_kdc_address,
            kerberos_principal=kerberos_principal,
            kerberos_keytab=kerberos_keytab,
            kerberos_password=kerberos_password,
        )


def _register(
    workspace: Workspace,
    name: str,
    kind: str,
    *,
    overwrite: bool,
    scheme: str | None = None,
    **body: Any,
) -> Datastore:
    place = None
    if scheme is not None:
        place = azure_place(
            scheme,
            body["container_name"],
            body["account_name"],
            body["protocol"],
            body["endpoint"],
        )
        if body.get("client_secret") is not None:
            ids = {"tenant_id": body["tenant_id"], "client_id": body["client_id"]}
            missing = sorted(key for key, value in ids.items() if value is None)
            if missing:
                raise UserErrorException(
                    f"client_secret needs {' and '.join(missing)}", where=f"datastore {name}"
                )
            place[1].update(ids)
    return register_azure(workspace, name, kind, body, overwrite=overwrite, place=place)
