"""Compute targets: Synapse pools are attached, AmlComputes are created."""

import pytest

from synapse_magics import AmlCompute, ComputeTarget, LinkedService, SynapseCompute, SynapsePool
from synapse_magics.core.exceptions import (
    ComputeTargetException,
    NotSupportedError,
    UserErrorException,
)


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


def test_access_to_azure_machines_is_refused():
    with pytest.raises(NotSupportedError, match="admin_username is not supported here"):
        configuration(max_nodes=1, admin_username="me")


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
    }
    assert cluster.definition() == {"engine": "python_process", "slots": 2}


def test_repr_is_the_serialized_target(pool):
    serialized = pool.serialize()

    assert serialized["properties"]["computeType"] == "SynapseSpark"
    assert repr(pool).splitlines()[:2] == ['id: "link1-spark01",', 'name: "link1-spark01",']
