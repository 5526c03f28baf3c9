"""Azure ML's compute targets that no engine of ours stands behind."""

from __future__ import annotations

from synapse_magics.core.not_run_here import NotRunHere

_CLUSTER = (
    "Python steps run on an AmlCompute, Spark steps on an attached Synapse pool: "
    "AmlCompute.provisioning_configuration(...), SynapseCompute.attach_configuration(...)"
)
_MACHINE = "an AmlCompute stands for this machine: AmlCompute.provisioning_configuration(...)"
_SPARK = "attach a Spark pool instead: SynapseCompute.attach_configuration(...)"
_TARGET = "(workspace, name)"


class AdlaCompute(
    NotRunHere, signature=_TARGET, instead="read the files with a SynapseSparkStep; U-SQL is over"
):
    """Azure Data Lake Analytics."""


class AksCompute(NotRunHere, signature=_TARGET, instead=_CLUSTER):
    """Azure Kubernetes Service."""


class BatchCompute(NotRunHere, signature=_TARGET, instead=_CLUSTER):
    """Azure Batch."""


class ComputeInstance(NotRunHere, signature=_TARGET, instead=_MACHINE):
    """A virtual machine to develop on."""


class DataFactoryCompute(
    NotRunHere,
    signature=_TARGET,
    instead="copy files in a PythonScriptStep, or by Datastore.upload",
):
    """Azure Data Factory."""


class DatabricksCompute(NotRunHere, signature=_TARGET, instead=_SPARK):
    """Azure Databricks."""


class DsvmCompute(NotRunHere, signature=_TARGET, instead=_MACHINE):
    """A data science virtual machine."""


class HDInsightCompute(NotRunHere, signature=_TARGET, instead=_SPARK):
    """A Spark cluster of HDInsight."""


class KubernetesCompute(NotRunHere, signature=_TARGET, instead=_CLUSTER):
    """A Kubernetes cluster."""


class KustoCompute(
    NotRunHere, signature=_TARGET, instead="query it from a PythonScriptStep with azure-kusto-data"
):
    """Azure Data Explorer."""


class RemoteCompute(NotRunHere, signature=_TARGET, instead=_MACHINE):
    """A machine that is reached by SSH."""
