"""Notebook magics of the SDK: what runs of them."""

from __future__ import annotations

TITLE = "Notebook magics"

TEXT = r"""
full     %load_ext
         > azureml.synapse.magics and azureml.synapse load the magics of this package
no       %synapse
         > %%spark_step NAME --compute TARGET runs a cell on the attached pool, as a step
"""
