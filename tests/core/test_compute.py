"""Compute targets: Synapse pools are attached, AmlComputes are created."""

import pytest
from support import make_step, submit, write_snapshot

from synapse_magics import AmlCompute, ComputeTarget, LinkedService, SynapseCompute, SynapsePool
from synapse_magics.core.exceptions import (
    ComputeTargetException,
    UserErrorException,
)
from synapse_magics.store.states import RunStatus


@pytest.fixture
def link(workspace, pool):
    return LinkedService.get(workspace, "synapselink1")


@pytest.fixture
def cluster(workspace, pool):
    return ComputeTarget(workspace, "cpucluster")


def configuration(**options):
    return AmlCompute.provisioning_configuration("STANDARD_D2_V2", **options)


def test_attach_keeps_the_pool(workspace, pool):
    assert isinstance(pool, SynapseCompute)
    assert (pool.type, pool.pool) == ("SynapseSpark", SynapsePool("local", "spark01"))
    assert pool.cluster_resource_id.endswith("/workspaces/local/bigDataPools/spark01")


def test_attach_a_pool_that_is_not_there_names_those_there_are(workspace, link):
    attach = SynapseCompute.attach_configuration(link, "SynapseSpark", "spark99")

    with pytest.raises(ComputeTargetException, match="its pools: spark01"):
        ComputeTarget.attach(workspace, "link1-spark99", attach)
    assert "link1-spark99" not in workspace.compute_targets


def test_a_name_of_the_other_kind_is_not_replaced(workspace, link, cluster):
    attach = SynapseCompute.attach_configuration(link, "SynapseSpark", "spark01")

    with pytest.raises(ComputeTargetException, match="cpucluster is of type AmlCompute already"):
        ComputeTarget.attach(workspace, "cpucluster", attach)
    assert workspace.compute_targets["cpucluster"].type == "AmlCompute"


def test_attach_refuses_a_name(workspace, link):
    attach = SynapseCompute.attach_configuration(link, "SynapseSpark", "spark01")

    with pytest.raises(ComputeTargetException, match="compute name must be between 2 and 16"):
        ComputeTarget.attach(workspace, "my_pool", attach)


def test_attach_needs_an_attach_configuration(workspace):
    with pytest.raises(ComputeTargetException, match="does not say what to attach"):
        ComputeTarget.attach(workspace, "spark", configuration(max_nodes=1))


def test_attach_configuration_needs_a_linked_service():
    with pytest.raises(
        ComputeTargetException,
        match=r"^A valid linked_service object is required to attach compute\.$",
    ):
        SynapseCompute.attach_configuration("synapselink1", "SynapseSpark", "spark01")


def test_attach_configuration_knows_one_type(link):
    with pytest.raises(
        ComputeTargetException, match=r"^Only SynapseSpark type is supported now\.$"
    ):
        SynapseCompute.attach_configuration(link, "Databricks", "spark01")


@pytest.mark.parametrize("name", ["", None])
def test_attach_configuration_needs_a_pool(link, name):
    with pytest.raises(
        ComputeTargetException, match=r"^pool_name must be provided to attach synapse compute$"
    ):
        SynapseCompute.attach_configuration(link, "SynapseSpark", name)


def test_look_up_gives_the_class(workspace, pool):
    assert type(ComputeTarget(workspace, "link1-spark01")) is SynapseCompute
    assert type(ComputeTarget(workspace=workspace, name="cpucluster")) is AmlCompute
    assert type(AmlCompute(workspace, "cpucluster")) is AmlCompute


def test_look_up_what_is_not_there(workspace, pool):
    with pytest.raises(ComputeTargetException) as caught:
        ComputeTarget(workspace, "cpuclusterr")

    assert caught.value.message == (
        "ComputeTargetNotFound: Compute Target with name cpuclusterr not found in provided "
        "workspace"
    )
    assert caught.value.hint == "did you mean 'cpucluster'?"


def test_list_has_every_kind(workspace, pool):
    types = {name: target.type for name, target in workspace.compute_targets.items()}

    assert types == {"cpucluster": "AmlCompute", "link1-spark01": "SynapseSpark"}


def test_create_keeps_the_size(cluster):
    assert cluster.vm_size == "STANDARD_D2_V2"
    assert cluster.scale_settings.maximum_node_count == 2
    assert cluster.slots == 2


@pytest.mark.parametrize("name", ["amlcompute", "local", "containerinstance"])
def test_create_refuses_reserved_names(workspace, name):
    with pytest.raises(UserErrorException) as caught:
        ComputeTarget.create(workspace, name, configuration(max_nodes=1))

    assert caught.value.message == (
        f"Please specify a different target name. {name} is a reserved name."
    )


def test_create_needs_a_provisioning_configuration(workspace, link):
    attach = SynapseCompute.attach_configuration(link, "SynapseSpark", "spark01")

    with pytest.raises(ComputeTargetException, match="does not say what to create"):
        ComputeTarget.create(workspace, "cpu", attach)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "max nodes count is mandatory"),
        ({"max_nodes": -1}, "max nodes count must be greater than or equal to 0"),
        (
            {"max_nodes": 1, "min_nodes": 2},
            "max nodes count must be greater than or equal to min nodes count",
        ),
        (
            {"max_nodes": 1, "vm_priority": "cheap"},
            "vm_priority must be dedicated or lowpriority",
        ),
    ],
)
def test_provisioning_checks(options, text):
    with pytest.raises(ComputeTargetException) as caught:
        configuration(**options)
    assert caught.value.message == f"Invalid provisioning configuration, {text}"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"admin_username": "me"}, "admin_username needs admin_user_password or admin_user_ssh_k"),
        ({"admin_user_ssh_key": "ssh"}, "admin_username is missing"),
        ({"vnet_name": "net"}, "vnet_resourcegroup_name, vnet_name and subnet_name belong"),
        ({"identity_type": "UserAssigned"}, "identity_id is missing for UserAssigned"),
    ],
)
def test_access_to_machines_is_checked(options, text):
    with pytest.raises(ComputeTargetException, match=f"^Invalid provisioning.*, {text}"):
        configuration(max_nodes=1, **options)


def test_access_to_machines_has_no_effect():
    plain = configuration(max_nodes=1)

    assert plain == configuration(
        max_nodes=1,
        admin_username="me",
        admin_user_ssh_key="ssh",
        vnet_resourcegroup_name="group",
        vnet_name="net",
        subnet_name="part",
        identity_type="SystemAssigned",
    )


def test_wait_after_attach_prints_the_ending(pool, capsys):
    pool.wait_for_completion()

    assert capsys.readouterr().out == 'Provisioning operation finished, operation "Succeeded"\n'


def test_wait_after_create_prints_state_and_nodes(workspace, capsys):
    ComputeTarget.create(workspace, "cpu", configuration(max_nodes=1)).wait_for_completion(
        show_output=True
    )

    assert capsys.readouterr().out == (
        'SucceededProvisioning operation finished, operation "Succeeded"\n'
        "AmlCompute wait for completion finished\n\n"
        "Minimum number of nodes requested have been provisioned\n"
    )


def test_wait_for_an_amlcompute_that_was_looked_up(cluster, capsys):
    cluster.wait_for_completion(show_output=True)

    assert capsys.readouterr().out.startswith("AmlCompute wait for completion finished\n")


def test_wait_for_a_pool_that_was_looked_up_is_refused(workspace, pool):
    with pytest.raises(ComputeTargetException) as caught:
        ComputeTarget(workspace, "link1-spark01").wait_for_completion()

    assert caught.value.message == (
        "Long running operation information not known, unable to poll. Current state is Succeeded"
    )


def test_a_pool_is_not_deleted(pool):
    with pytest.raises(ComputeTargetException, match="Try to use detach instead"):
        pool.delete()


def test_a_cluster_is_not_detached(cluster):
    with pytest.raises(ComputeTargetException, match="Try to use delete instead"):
        cluster.detach()


def test_detach_and_delete_forget(workspace, pool, cluster):
    pool.detach()
    cluster.delete()

    assert workspace.compute_targets == {}
    assert len(SynapsePool.list(workspace)) == 1


def test_definition_is_what_an_engine_needs(pool, cluster):
    assert pool.definition() == {
        "engine": "local_spark",
        "slots": 2,
        "master": "local[*]",
        "spark_conf": {},
        "auto_pause_minutes": 15,
        "pool": "local/spark01",
    }
    assert cluster.definition() == {"engine": "python_process", "slots": 2}


def test_repr_is_the_serialized_target(pool):
    serialized = pool.serialize()

    assert serialized["properties"]["computeType"] == "SynapseSpark"
    assert repr(pool).splitlines()[:2] == [f'id: "{pool.id}",', 'name: "link1-spark01",']
    assert pool.id.endswith("/workspaces/test-ws/computes/link1-spark01")


def test_repr_of_a_cluster_is_a_line(workspace, cluster):
    assert repr(cluster) == (
        f"AmlCompute(workspace={workspace!r}, name=cpucluster, id={cluster.id}, type=AmlCompute, "
        "provisioning_state=Succeeded, location=local, tags=None)"
    )


def test_attributes_of_a_pool(pool):
    assert (pool.location, pool.cluster_location, pool.spark_version) == ("local", "local", "3.5")
    assert (pool.node_count, pool.node_size, pool.node_size_family) == (
        2,
        "Small",
        "MemoryOptimized",
    )
    assert (pool.auto_scale_enabled, pool.min_node_count, pool.max_node_count) == (
        False,
        None,
        None,
    )
    assert (pool.auto_pause_enabled, pool.auto_pause_in_minutes) == (True, 15)
    assert (pool.tags, pool.description, pool.provisioning_errors) == (None, None, None)


def test_serialize_and_deserialize_a_pool(workspace, pool):
    again = ComputeTarget.deserialize(workspace, pool.serialize())

    assert type(again) is SynapseCompute
    assert again.serialize() == pool.serialize()
    assert again.pool == pool.pool


def test_serialize_and_deserialize_a_cluster(workspace):
    asked = configuration(max_nodes=3, min_nodes=1, tags={"a": "b"}, description="ours")
    cluster = ComputeTarget.create(workspace, "cpu", asked)
    again = AmlCompute.deserialize(workspace, cluster.serialize())

    assert again.serialize() == cluster.serialize()
    assert (again.tags, again.description) == ({"a": "b"}, "ours")
    assert again.scale_settings.serialize() == {
        "minNodeCount": 1,
        "maxNodeCount": 3,
        "nodeIdleTimeBeforeScaleDown": "PT1800S",
    }


def test_deserialize_another_type(workspace, pool):
    with pytest.raises(ComputeTargetException, match="Cannot convert provided object dict to Aml"):
        AmlCompute.deserialize(workspace, pool.serialize())


def test_state_after_detach(workspace, pool):
    same = ComputeTarget(workspace, "link1-spark01")
    assert same.get_status() == "Succeeded"

    pool.detach()

    assert pool.provisioning_state == "Deleting"
    assert same.get_status() == "Deleting"


def test_refresh_sees_what_was_attached_again(workspace, pool, link):
    SynapsePool("local", "spark02", node_count=5).declare(workspace)
    other = SynapseCompute.attach_configuration(link, "SynapseSpark", "spark02")
    ComputeTarget.attach(workspace, "link1-spark01", other)
    pool.refresh_state()

    assert pool.node_count == 5


def test_status_of_an_idle_cluster(cluster):
    status = cluster.get_status().serialize()

    assert list(status) == [
        "currentNodeCount",
        "targetNodeCount",
        "nodeStateCounts",
        "allocationState",
        "allocationStateTransitionTime",
        "errors",
        "creationTime",
        "modifiedTime",
        "provisioningState",
        "provisioningStateTransitionTime",
        "scaleSettings",
        "vmPriority",
        "vmSize",
    ]
    assert (status["currentNodeCount"], status["allocationState"]) == (0, "Steady")
    assert (status["vmPriority"], status["vmSize"]) == ("Dedicated", "STANDARD_D2_V2")
    assert status["scaleSettings"]["maxNodeCount"] == 2
    assert set(status["nodeStateCounts"].values()) == {0}
    assert cluster.list_nodes() == []


def test_a_step_that_runs_is_a_node(workspace, cluster):
    write_snapshot(workspace.store, "wait", "")
    _, [step] = submit(workspace.store, make_step("wait"))
    workspace.store.runs.transition(step, RunStatus.NOT_STARTED, RunStatus.QUEUED)

    assert [run.id for run in cluster.get_active_runs()] == []
    workspace.store.runs.transition(step, RunStatus.QUEUED, RunStatus.PREPARING)
    assert [node["runId"] for node in cluster.list_nodes()] == [step]
    assert [run.id for run in cluster.get_active_runs(type="azureml.StepRun")] == [step]
    assert list(cluster.get_active_runs(status="Running")) == []
    assert list(cluster.get_active_runs(tags="none")) == []
    assert cluster.get_status().node_state_counts.running_node_count == 1


def test_update_changes_how_many_run_at_once(workspace, cluster):
    cluster.update(max_nodes=4, idle_seconds_before_scaledown=60)

    assert cluster.slots == ComputeTarget(workspace, "cpucluster").slots == 4
    assert cluster.scale_settings.idle_seconds_before_scaledown == 60
    with pytest.raises(ComputeTargetException, match="greater than or equal to min nodes count"):
        cluster.update(min_nodes=9)


def test_supported_sizes_are_this_machine(workspace):
    [size] = AmlCompute.supported_vmsizes(workspace)

    assert size["vCPUs"] >= 1
    assert size["memoryGB"] > 0
