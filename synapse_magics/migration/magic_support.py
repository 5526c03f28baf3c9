"""Notebook magics of the SDK: what runs of them."""

from __future__ import annotations

TITLE = "Notebook magics"

TEXT = r"""
full     %load_ext
         > azureml.synapse.magics and azureml.synapse load the magics of this package
differs  %synapse
         > a session is a Spark driver on this machine, of the kernel that started it; the pool's
         > master is local[...]; cores and executors are said, not enforced, and the driver gets no
         > more memory than there is unless --driver-memory asks for it; an environment's packages
         > must be installed here; a cell whose code raises fails, and so does every refusal
         > without a browser; there is no Spark UI and no telemetry
"""
