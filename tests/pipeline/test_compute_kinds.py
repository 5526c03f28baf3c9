"""Spark steps run on pools, Python steps on clusters."""

import pytest

from synapse_magics import ComputeTarget
from synapse_magics.core.exceptions import ComputeTargetException
from synapse_magics.pipeline.compute_kinds import check_kind, only_compute
from synapse_magics.pipeline.errors import TargetError
from synapse_magics.store.specs import StepKind

SPARK, PYTHON = StepKind.SPARK, StepKind.PYTHON


def test_the_only_one_of_a_kind(workspace, pool):
    assert only_compute(workspace, SPARK) == "link1-spark01"
    assert only_compute(workspace, PYTHON) == "cpucluster"


def test_no_compute_at_all(workspace):
    with pytest.raises(ComputeTargetException, match="where is the step to run") as caught:
        only_compute(workspace, SPARK)

    assert caught.value.hint == "%synapse_attach makes a compute"
    assert caught.value.where == "%%spark_step"


def test_a_compute_of_the_kind(workspace, pool):
    check_kind(pool, SPARK, "step prep")
    check_kind(ComputeTarget(workspace, "cpucluster"), PYTHON, "step fit")


def test_a_compute_of_the_other_kind(workspace, pool):
    with pytest.raises(TargetError) as caught:
        check_kind(pool, PYTHON, "step fit")

    assert caught.value.message == (
        "a python step runs on an AmlCompute; link1-spark01 is a SynapseCompute"
    )
    assert caught.value.where == "step fit"
    assert caught.value.hint == "of that kind there are: cpucluster"


def test_a_compute_of_the_other_kind_where_there_is_no_right_one(workspace, pool):
    ComputeTarget(workspace, "cpucluster").delete()
    with pytest.raises(TargetError) as caught:
        check_kind(pool, PYTHON, "step fit")

    assert caught.value.hint == "%synapse_compute makes one"
