"""Compute targets and linked services: what runs of them, name by name."""

from __future__ import annotations

TITLE = "Compute targets and linked services"

TEXT = r"""
full     azureml.core.LinkedService
full     .register
         (workspace, name, linked_service_config)
full     .get
         (workspace, name)
full     .list
         (workspace)
full     .unregister
         ()
full     .name
full     .type
full     .linked_service_resource_id
full     .system_assigned_identity_principal_id
differs  azureml.core.SynapseWorkspaceLinkedServiceConfiguration
         (subscription_id, resource_group, name)
         > the Synapse workspace is one that is declared on this machine; `local` is
         > there from the beginning
full     azureml.core.compute.ComputeTarget
         (workspace, name)
full     .attach
         (workspace, name, attach_configuration)
full     .create
         (workspace, name, provisioning_configuration)
full     .list
         (workspace)
full     .wait_for_completion
         (show_output=False, is_delete_operation=False)
full     .refresh_state
         ()
full     .get_status
         ()
full     .serialize
         ()
full     .deserialize
         (workspace, object_dict)
full     .delete
         ()
full     .detach
         ()
full     .type
full     .name
full     .id
full     .provisioning_state
full     .provisioning_errors
full     .location
full     .tags
full     .description
differs  azureml.core.compute.SynapseCompute
         > its Spark runs here; where no pool is declared, each is there when it is asked for
full     .attach_configuration
         (linked_service, type, pool_name)
full     .serialize
         ()
full     .deserialize
         (workspace, object_dict)
full     .refresh_state
         ()
full     .detach
         ()
full     .delete
         ()
full     .cluster_resource_id
full     .cluster_location
full     .spark_version
full     .node_count
full     .auto_scale_enabled
full     .min_node_count
full     .max_node_count
full     .auto_pause_enabled
full     .auto_pause_in_minutes
full     .node_size_family
differs  .node_size
         > said, not enforced
differs  azureml.core.compute.AmlCompute
         > its nodes are processes of this machine, max_nodes of them at once
differs  .provisioning_configuration
         (vm_size='', vm_priority='dedicated', min_nodes=0, max_nodes=None,
          idle_seconds_before_scaledown=1800, admin_username=None,
          admin_user_password=None, admin_user_ssh_key=None,
          vnet_resourcegroup_name=None, vnet_name=None, subnet_name=None, tags=None,
          description=None, remote_login_port_public_access='NotSpecified',
          identity_type=None, identity_id=None, location=None,
          enable_node_public_ip=True)
         > how machines are reached (network, administrator, identity) is checked
         > and ignored
full     .wait_for_completion
         (show_output=False, min_node_count=None, timeout_in_minutes=25,
          is_delete_operation=False)
full     .refresh_state
         ()
full     .get_status
         ()
full     .serialize
         ()
full     .deserialize
         (workspace, object_dict)
full     .delete
         ()
full     .detach
         ()
full     .update
         (min_nodes=None, max_nodes=None, idle_seconds_before_scaledown=None)
full     .get_active_runs
         (type=None, tags=None, properties=None, status=None)
differs  .list_nodes
         ()
         > a node for each step that runs
differs  .supported_vmsizes
         (workspace, location=None)
         > this machine
full     .vm_size
full     .vm_priority
full     .scale_settings
full     .status
full     azureml.core.compute.amlcompute.AmlComputeStatus
full     .serialize
         ()
full     azureml.core.compute.amlcompute.ScaleSettings
         (minimum_node_count, maximum_node_count, idle_seconds_before_scaledown)
full     .serialize
         ()
no       azureml.core.compute_target.prepare_compute_target
         > name the compute target in ScriptRunConfig(compute_target=...)
no       azureml.core.compute_target.is_compute_target_prepared
         > name the compute target in ScriptRunConfig(compute_target=...)
no       azureml.core.compute_target.attach_legacy_compute_target
         > name the compute target in ScriptRunConfig(compute_target=...)
no       azureml.core.compute_target.remove_legacy_compute_target
         > name the compute target in ScriptRunConfig(compute_target=...)
"""
