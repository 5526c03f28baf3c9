"""Azure storage that a workspace knows by name: registered without credentials, not read here yet.

A registration keeps what tells the storage from another one, so that code that registers it, finds
it and lists it runs; whoever touches the data is told what to do instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.core import names
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException

if TYPE_CHECKING:
    from synapse_magics.core.datastore import Datastore
    from synapse_magics.core.workspace import Workspace

KIND = "datastore"
_SECRETS = frozenset(
    {"sas_token", "account_key", "client_secret", "user_password", "password", "kerberos_password"}
)


class AzureRegistrations:
    """The calls of ``Datastore`` that register Azure storage.

    Of each, a secret is refused: nothing of the workspace holds one. Parameters about how Azure
    checks or caches (``skip_validation``, ``create_if_not_exists``, ``blob_cache_timeout``,
    ``grant_workspace_access``, ``subscription_id``, ``resource_group``) are kept with the
    registration and have no effect.
    """

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
            Refused.
        protocol, endpoint : str, optional
            ``https`` and ``core.windows.net`` if missing.
        overwrite : bool
            Replace a registration of that name.
        create_if_not_exists, skip_validation, blob_cache_timeout, grant_workspace_access,
        subscription_id, resource_group
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
        """Register a share of Azure Files; as :meth:`register_azure_blob_container`."""
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

        As :meth:`register_azure_blob_container`; ``client_secret`` is refused.
        """
        return _register(
            workspace,
            datastore_name,
            "AzureDataLakeGen2",
            overwrite=overwrite,
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

        As :meth:`register_azure_blob_container`; ``client_secret`` is refused.
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
        """Register an Azure SQL database; ``client_secret`` and ``password`` are refused."""
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
        """Register an Azure PostgreSQL database; a ``user_password`` is refused."""
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
        """Register an Azure MySQL database; a ``user_password`` is refused."""
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
        """Register the file system of Databricks."""
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
        """Register a Hadoop file system; a ``kerberos_password`` is refused."""
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
    workspace: Workspace, name: str, kind: str, *, overwrite: bool, **body: Any
) -> Datastore:
    from synapse_magics.core.datastore import Datastore  # noqa: PLC0415 - a cycle otherwise

    names.check_datastore(name)
    given = sorted(key for key in body if key in _SECRETS and body[key] is not None)
    if given:
        raise NotSupportedError(
            f"{given[0]} is not supported here: a datastore is registered without credentials",
            where=f"datastore {name}",
            hint=f"leave {given[0]} out (None); workspace.get_default_keyvault() keeps secrets",
        )
    existing = workspace.store.registry.get(KIND, name)
    if existing is not None and (not overwrite or "root" in existing.body):
        local = "root" in existing.body
        raise UserErrorException(
            f"Another datastore is already registered under the name {name}.",
            hint="another name: that one is a folder of the workspace"
            if local
            else "overwrite=True replaces it",
        )
    kept = {key: value for key, value in body.items() if key not in _SECRETS and value is not None}
    default = existing is not None and existing.body.get("default", False)
    workspace.store.registry.put(KIND, name, {"type": kind, "default": default, **kept})
    return Datastore(workspace, name)
