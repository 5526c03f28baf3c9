"""Compute targets, under the names that Azure ML's code imports."""

from __future__ import annotations

from synapse_magics.core.aml_compute import AmlCompute, AmlComputeProvisioningConfiguration
from synapse_magics.core.compute_target import (
    AttachConfiguration,
    ComputeConfiguration,
    ComputeTarget,
    ProvisioningConfiguration,
)
from synapse_magics.core.synapse_compute import SynapseAttachConfiguration, SynapseCompute

__all__ = [
    "AmlCompute",
    "AmlComputeProvisioningConfiguration",
    "AttachConfiguration",
    "ComputeConfiguration",
    "ComputeTarget",
    "ProvisioningConfiguration",
    "SynapseAttachConfiguration",
    "SynapseCompute",
]
