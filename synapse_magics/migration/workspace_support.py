"""Workspaces, datastores, keyvault, models, authentication: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Workspaces, datastores, keyvault, models, authentication"

TEXT = r"""
differs  azureml.core.Workspace
         (subscription_id, resource_group, workspace_name, auth=None, _location=None,
          _disable_service_check=False, _workspace_id=None, sku='basic', tags=None,
          _cloud='AzureCloud')
         > opens the workspace of this machine that has these names; a folder takes
         > the place of the service
full     .from_config
         (path=None, auth=None, _logger=None, _file_name=None)
differs  .create
         (name, auth=None, subscription_id=None, resource_group=None, location=None,
          create_resource_group=True, sku='basic', tags=None, friendly_name=None,
          storage_account=None, key_vault=None, app_insights=None,
          container_registry=None, adb_workspace=None,
          primary_user_assigned_identity=None, cmk_keyvault=None, resource_cmk_uri=None,
          hbi_workspace=False, default_cpu_compute_target=None,
          default_gpu_compute_target=None, private_endpoint_config=None,
          private_endpoint_auto_approval=True, exist_ok=False, show_output=True,
          user_assigned_identity_for_cmk_encryption=None,
          system_datastores_auth_mode='accessKey', v1_legacy_mode=None)
         ! default_cpu_compute_target default_gpu_compute_target
         > makes a folder of this machine; location, storage account, key vault, encryption
         > and network are ignored
differs  .get
         (name, auth=None, subscription_id=None, resource_group=None, location=None,
          cloud='AzureCloud', id=None)
         > finds workspaces of this machine
differs  .list
         (subscription_id, auth=None, resource_group=None)
         > lists workspaces of this machine
full     .write_config
         (path=None, file_name=None)
full     .get_details
         ()
full     .name
full     .subscription_id
full     .resource_group
differs  .location
         > always local
full     .tags
full     .sku
differs  .discovery_url
         > there is no service behind it
differs  .service_context
         > there is no service behind it
full     .compute_targets
full     .datastores
differs  .datasets
         > a dict, without registrations
full     .experiments
full     .environments
full     .models
full     .linked_services
differs  .images
         > always empty
differs  .webservices
         > always empty
differs  .private_endpoints
         > always empty
full     .get_default_datastore
         ()
full     .set_default_datastore
         (name)
full     .get_default_keyvault
         ()
full     .get_run
         (run_id)
differs  .get_default_compute_target
         (type)
         > deprecated in the SDK
no       .add_private_endpoint
         (private_endpoint_config, private_endpoint_auto_approval=True, location=None,
          show_output=True, tags=None)
         > a workspace here is a folder of this machine; leave it out
no       .delete_private_endpoint_connection
         (private_endpoint_connection_name)
         > a workspace here is a folder of this machine; leave it out
no       .list_keys
         ()
         > a workspace here is a folder of this machine; leave it out
no       .sync_keys
         (no_wait=False)
         > a workspace here is a folder of this machine; leave it out
no       .diagnose_workspace
         (diagnose_parameters)
         > a workspace here is a folder of this machine; leave it out
no       .update_dependencies
         (container_registry=None, force=False)
         > a workspace here is a folder of this machine; leave it out
no       .set_connection
         (name, category, target, authType, value)
         > a workspace here is a folder of this machine; leave it out
no       .list_connections
         (category=None, target=None)
         > a workspace here is a folder of this machine; leave it out
no       .get_connection
         (name)
         > a workspace here is a folder of this machine; leave it out
no       .delete_connection
         (name)
         > a workspace here is a folder of this machine; leave it out
no       .delete
         (delete_dependent_resources=False, no_wait=False)
         > a workspace here is a folder of this machine: delete that
differs  azureml.core.Keyvault
         (workspace)
         > the keyring of this machine, or a file that only you can read
full     .set_secret
         (name, value, content_type=KeyVaultContentType.not_provided)
full     .set_secrets
         (secrets_batch)
full     .get_secret
         (name)
full     .get_secrets
         (secrets)
full     .delete_secret
         (name)
full     .delete_secrets
         (secrets)
full     .list_secrets
         ()
full     azureml.core.Model
         (workspace, name=None, id=None, tags=None, properties=None, version=None,
          run_id=None, model_framework=None, expand=True)
differs  .register
         (workspace, model_path, model_name, tags=None, properties=None,
          description=None, datasets=None, model_framework=None,
          model_framework_version=None, child_paths=None, sample_input_dataset=None,
          sample_output_dataset=None, resource_configuration=None)
         ! resource_configuration
         = nothing is served here; leave it out
full     .id
full     .name
full     .version
full     .description
full     .tags
full     .properties
full     .run_id
differs  .created_by
         > the user of this machine: a dict with userName alone
full     .mime_type
full     .unpack
full     .serialize
         ()
full     .get_model_path
         (model_name, version=None, _workspace=None)
full     .download
         (target_dir='.', exist_ok=False, exists_ok=None)
full     .list
         (workspace, name=None, tags=None, properties=None, run_id=None, latest=False,
          dataset_id=None, expand=True, page_count=255, model_framework=None)
full     .add_tags
         (tags)
full     .remove_tags
         (tags)
full     .add_properties
         (properties)
differs  .update
         (tags=None, description=None, sample_input_dataset=None,
          sample_output_dataset=None, resource_configuration=None)
         ! resource_configuration
         = nothing is served here; leave it out
full     .delete
         ()
no       .deploy
         (workspace, name, models, inference_config=None, deployment_config=None,
          deployment_target=None, overwrite=False, show_output=False)
         > serve the file of Model.get_model_path(...) with a web framework of your
         > choice
no       .package
         (workspace, models, inference_config=None, generate_dockerfile=False,
          image_name=None, image_label=None)
         > serve the file of Model.get_model_path(...) with a web framework of your
         > choice
no       .profile
         (workspace, profile_name, models, inference_config, input_dataset, cpu=None,
          memory_in_gb=None, description=None)
         > serve the file of Model.get_model_path(...) with a web framework of your
         > choice
full     azureml.core.Datastore
         (workspace, name=None)
full     .get
         (workspace, datastore_name)
full     .get_default
         (workspace)
full     .set_as_default
         ()
full     .unregister
         ()
differs  .register_azure_blob_container
         (workspace, datastore_name, container_name, account_name, sas_token=None,
          account_key=None, protocol=None, endpoint=None, overwrite=False,
          create_if_not_exists=False, skip_validation=False, blob_cache_timeout=None,
          grant_workspace_access=False, subscription_id=None, resource_group=None)
         > a key or token goes to the workspace's keyvault; without one, DefaultAzureCredential;
         > needs the extra azure
differs  .register_azure_file_share
         (workspace, datastore_name, file_share_name, account_name, sas_token=None,
          account_key=None, protocol=None, endpoint=None, overwrite=False,
          create_if_not_exists=False, skip_validation=False)
         > registered and listed, a key in the keyvault; its data are not read here: upload a copy
differs  .register_azure_data_lake_gen2
         (workspace, datastore_name, filesystem, account_name, tenant_id=None,
          client_id=None, client_secret=None, resource_url=None, authority_url=None,
          protocol=None, endpoint=None, overwrite=False, subscription_id=None,
          resource_group=None, grant_workspace_access=False)
         > the secret goes to the workspace's keyvault; without one, DefaultAzureCredential; needs
         > the extra azure
differs  .register_azure_data_lake
         (workspace, datastore_name, store_name, tenant_id=None, client_id=None,
          client_secret=None, resource_url=None, authority_url=None,
          subscription_id=None, resource_group=None, overwrite=False,
          grant_workspace_access=False)
         > registered and listed, a secret in the keyvault; its data are not read here: upload a
         > copy
differs  .register_azure_sql_database
         (workspace, datastore_name, server_name, database_name, tenant_id=None,
          client_id=None, client_secret=None, resource_url=None, authority_url=None,
          endpoint=None, overwrite=False, username=None, password=None,
          subscription_id=None, resource_group=None, grant_workspace_access=False)
         > it is registered, and not read here: read it in a step with a library of its own
differs  .register_azure_postgre_sql
         (workspace, datastore_name, server_name, database_name, user_id, user_password,
          port_number=None, endpoint=None, overwrite=False, enforce_ssl=True)
         > it is registered, and not read here: read it in a step with a library of its own
differs  .register_azure_my_sql
         (workspace, datastore_name, server_name, database_name, user_id, user_password,
          port_number=None, endpoint=None, overwrite=False)
         > it is registered, and not read here: read it in a step with a library of its own
differs  .register_dbfs
         (workspace, datastore_name)
         > it is registered, and not read here: read it in a step with a library of its own
differs  .register_hdfs
         (workspace, datastore_name, protocol, namenode_address,
          hdfs_server_certificate, kerberos_realm, kerberos_kdc_address,
          kerberos_principal, kerberos_keytab=None, kerberos_password=None,
          overwrite=False)
         > it is registered, and not read here: read it in a step with a library of its own
full     azureml.data.azure_storage_datastore.AzureBlobDatastore
full     .name
full     .datastore_type
full     .container_name
full     .account_name
full     .protocol
full     .endpoint
full     .workspace
full     .is_sas
full     .path
         (path=None, data_reference_name=None)
full     .as_mount
         ()
full     .as_download
         (path_on_compute=None)
full     .as_upload
         (path_on_compute=None)
full     .upload_files
         (files, relative_root=None, target_path=None, overwrite=False,
          show_progress=True)
full     .upload
         (src_dir, target_path=None, overwrite=False, show_progress=True)
full     .download
         (target_path, prefix=None, overwrite=False, show_progress=True)
full     azureml.data.azure_storage_datastore.AzureFileDatastore
full     azureml.data.azure_data_lake_datastore.AzureDataLakeDatastore
full     .store_name
full     .tenant_id
full     .client_id
full     azureml.data.azure_data_lake_datastore.AzureDataLakeGen2Datastore
full     .tenant_id
full     .client_id
full     azureml.data.azure_sql_database_datastore.AzureSqlDatabaseDatastore
full     .server_name
full     .database_name
full     azureml.core.authentication.AbstractAuthentication
         (cloud=None)
full     .get_authentication_header
         ()
differs  azureml.core.authentication.InteractiveLoginAuthentication
         (force=False, tenant_id=None, cloud=None)
         > nobody logs in: the token is that of this machine's agent
full     .get_authentication_header
         ()
differs  azureml.core.authentication.ServicePrincipalAuthentication
         (tenant_id, service_principal_id, service_principal_password,
          cloud='AzureCloud', _enable_caching=True)
         > the password is not used: the token is that of this machine's agent
full     .get_authentication_header
         ()
differs  azureml.core.authentication.AzureCliAuthentication
         (cloud=None)
         > nobody logs in: the token is that of this machine's agent
full     .get_authentication_header
         ()
differs  azureml.core.authentication.MsiAuthentication
         (cloud=None)
         > nobody logs in: the token is that of this machine's agent
full     .get_authentication_header
         ()
differs  azureml.core.authentication.ArmTokenAuthentication
         (arm_access_token, cloud='None')
         > the token is not used: the token is that of this machine's agent
full     .get_authentication_header
         ()
full     .update_arm_access_token
         (new_arm_access_token)
differs  azureml.core.authentication.TokenAuthentication
         (get_token_for_audience, cloud=None)
         > the function is not called to sign in: the token is that of this machine's agent
full     .get_authentication_header
         ()
full     .get_token
         (audience=Audience.ARM)
differs  azureml.telemetry.set_diagnostics_collection
         (send_diagnostics=True, verbosity=20)
         > nothing is collected, and that is said
differs  azureml.core.diagnostic_log
         (log_path=None, namespaces=None, context_name=None)
         > writes what this package logs
full     .start_capture
         ()
full     .stop_capture
         ()
"""
