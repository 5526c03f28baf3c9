"""Classes of Azure ML that can be imported, and say what to use instead."""

import inspect

import pytest

from synapse_magics.core import (
    unsupported_classes,
    unsupported_computes,
    unsupported_open_datasets,
    unsupported_packages,
    unsupported_training,
)
from synapse_magics.core.exceptions import NotSupportedError
from synapse_magics.core.not_run_here import NotRunHere
from synapse_magics.pipeline import unsupported_steps

MODULES = (
    unsupported_classes,
    unsupported_computes,
    unsupported_open_datasets,
    unsupported_packages,
    unsupported_steps,
    unsupported_training,
)
CLASSES = [
    item
    for module in MODULES
    for item in vars(module).values()
    if isinstance(item, type) and item.__module__ == module.__name__
]
LEGACY = [name for name in vars(unsupported_classes) if "compute_target" in name]


@pytest.mark.parametrize("refused", CLASSES, ids=lambda item: item.__name__)
def test_fails_at_construction_with_the_alternative(refused):
    assert issubclass(refused, NotRunHere)
    with pytest.raises(NotSupportedError, match=f"{refused.__name__} of Azure ML SDK v1 is not"):
        refused("anything", at=["all"])
    with pytest.raises(NotImplementedError) as caught:
        refused()
    assert caught.value.hint == refused.instead != ""


def test_fails_in_a_static_method_with_the_alternative():
    with pytest.raises(
        NotSupportedError, match=r"AksCompute\.provisioning_configuration"
    ) as caught:
        unsupported_computes.AksCompute.provisioning_configuration(vm_size="x")

    assert "AmlCompute.provisioning_configuration" in caught.value.hint


def test_has_the_signature_of_azure_ml():
    signature = inspect.signature(unsupported_steps.DataTransferStep)

    assert str(signature) == (
        "(name, source_data_reference=None, destination_data_reference=None, compute_target=None, "
        "source_reference_type=None, destination_reference_type=None, allow_reuse=True)"
    )


def test_private_attributes_are_just_not_there():
    assert not hasattr(unsupported_steps.MpiStep, "_repr_html_")


@pytest.mark.parametrize("name", LEGACY)
def test_functions_fail_when_they_are_called(name):
    with pytest.raises(NotSupportedError, match=name):
        getattr(unsupported_classes, name)("experiment", ".", None)
