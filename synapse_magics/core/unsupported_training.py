"""Azure ML's searches and estimators, which can be imported and are not run here."""

from __future__ import annotations

from synapse_magics.core.not_run_here import NotRunHere

_SEARCH = (
    "search inside one step (scikit-learn's GridSearchCV, optuna), or submit one ScriptRunConfig "
    "per set of parameters"
)
_AUTOML = "train in a PythonScriptStep with scikit-learn, FLAML or another library"
_MPI = (
    "CommandStep('mpirun ... python script.py') starts it on this machine, where MPI is installed"
)
_TORCH = "CommandStep('torchrun ... script.py') starts several processes on this machine"
_ESTIMATOR = "ScriptRunConfig(source_directory, script, compute_target=..., environment=...)"


class HyperDrive(NotRunHere, instead=_SEARCH):
    """The base of what belongs to a search."""


class HyperDriveConfig(HyperDrive):
    """A search for the best parameters."""


class HyperDriveRunConfig(HyperDriveConfig):
    """A search for the best parameters, by its older name."""


class HyperDriveRun(HyperDrive):
    """The run of a search."""


class HyperParameterSampling(HyperDrive):
    """The base of the ways to choose parameters."""


class RandomParameterSampling(HyperDrive, signature="(parameter_space, properties=None)"):
    """Random choice."""


class GridParameterSampling(HyperDrive, signature="(parameter_space)"):
    """Every combination."""


class BayesianParameterSampling(HyperDrive, signature="(parameter_space)"):
    """A choice that learns."""


class EarlyTerminationPolicy(HyperDrive, signature="(name, properties=None)"):
    """The base of the ways to end early."""


class BanditPolicy(HyperDrive):
    """An early end by distance to the best."""


class MedianStoppingPolicy(HyperDrive):
    """An early end by the median."""


class TruncationSelectionPolicy(HyperDrive):
    """An early end of the worst."""


class NoTerminationPolicy(HyperDrive):
    """No early end."""


class PrimaryMetricGoal(HyperDrive):
    """What is better."""


class AutoMLConfig(NotRunHere, instead=_AUTOML):
    """An automated training."""


class AutoMLRun(NotRunHere, instead=_AUTOML):
    """The run of an automated training."""


class Tasks(NotRunHere, instead=_AUTOML):
    """What an automated training can do."""


class ComputeTargets(NotRunHere, instead=_AUTOML):
    """Where an automated training can run."""


class HTSConstants(NotRunHere, instead=_AUTOML):
    """Words of an automated training of many models."""


class FeaturizationConfig(NotRunHere, instead=_AUTOML):
    """What an automated training does to columns."""


class ForecastingParameters(NotRunHere, instead=_AUTOML):
    """What an automated training forecasts."""


class Estimator(NotRunHere, instead=_ESTIMATOR):
    """A script to train with."""


class MMLBaseEstimator(NotRunHere, instead=_ESTIMATOR):
    """The base of estimators."""


class SKLearn(NotRunHere, instead=_ESTIMATOR):
    """A script that trains with scikit-learn."""


class TensorFlow(NotRunHere, instead=_ESTIMATOR):
    """A script that trains with TensorFlow."""


class PyTorch(NotRunHere, instead=_ESTIMATOR):
    """A script that trains with PyTorch."""


class Chainer(NotRunHere, instead=_ESTIMATOR):
    """A script that trains with Chainer."""


class Mpi(NotRunHere, signature="(process_count_per_node=1)", instead=_MPI):
    """Several processes of a training, by MPI."""


class Horovod(NotRunHere, instead=_MPI):
    """Several processes of a training, by Horovod."""


class Nccl(NotRunHere, signature="()", instead=_TORCH):
    """Several processes of a training, by NCCL."""


class Gloo(NotRunHere, signature="()", instead=_TORCH):
    """Several processes of a training, by Gloo."""


class ParameterServer(
    NotRunHere,
    signature="(worker_count=1, parameter_server_count=1)",
    instead="start TensorFlow's processes in the script",
):
    """Several processes of a training, by TensorFlow's servers of parameters."""


def _expression(name: str) -> type[HyperDrive]:
    return type(name, (HyperDrive,), {"__doc__": "A range of values to search."})


choice = _expression("choice")
randint = _expression("randint")
uniform = _expression("uniform")
quniform = _expression("quniform")
loguniform = _expression("loguniform")
qloguniform = _expression("qloguniform")
normal = _expression("normal")
qnormal = _expression("qnormal")
lognormal = _expression("lognormal")
qlognormal = _expression("qlognormal")
