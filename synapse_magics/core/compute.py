"""Compute targets, under the names that Azure ML's code imports."""

from __future__ import annotations

from synapse_magics.core.aml_compute import AmlCompute
from synapse_magics.core.aml_compute_configuration import AmlComputeProvisioningConfiguration
from synapse_magics.core.aml_compute_status import AmlComputeStatus, ScaleSettings
from synapse_magics.core.compute_configuration import (
    AttachConfiguration,
    ComputeConfiguration,
    ProvisioningConfiguration,
)
from synapse_magics.core.compute_target import ComputeTarget
from synapse_magics.core.synapse_compute import SynapseAttachConfiguration, SynapseCompute

__all__ = [
    "AmlCompute",
    "AmlComputeProvisioningConfiguration",
    "AmlComputeStatus",
    "AttachConfiguration",
    "ComputeConfiguration",
    "ComputeTarget",
    "ProvisioningConfiguration",
    "ScaleSettings",
    "SynapseAttachConfiguration",
    "SynapseCompute",
]
