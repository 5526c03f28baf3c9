"""Packages of their own below ``azureml``: their modules, and the names that those show here.

Their classes can be imported and say what to use instead, except for the few that live here. Where
such a package is installed without the SDK, it is found itself: see ``AliasFinder``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPLAINERS = "ExplanationClient MimicWrapper"
_SCORING = (
    "DeepScoringExplainer KernelScoringExplainer LinearScoringExplainer TreeScoringExplainer "
    "load save"
)
_NETS = (
    "Densenet121 QuantizedDensenet121 QuantizedResnet152 QuantizedResnet50 QuantizedSsdVgg "
    "QuantizedVgg16 Resnet152 Resnet50 SsdVgg Vgg16"
)
_PARALLEL = "ParallelRunConfig ParallelRunStep"
_LEARNING = (
    "Ray ReinforcementLearningEstimator ReinforcementLearningRun SimulatorConfiguration "
    "WorkerConfiguration"
)

PACKAGES: Mapping[str, str] = {
    "azureml.accel": "AccelContainerImage AccelOnnxConverter PredictionClient",
    "azureml.accel.models": _NETS,
    "azureml.datadrift": (
        "AlertConfiguration DataDriftDetector Metric MetricType ModelServingDataset"
    ),
    "azureml.datadrift.alert_configuration": "AlertConfiguration",
    "azureml.datadrift.datadriftdetector": "DataDriftDetector",
    "azureml.dataprep": (
        "Dataflow FieldType Package SummaryColumnsValue SummaryFunction auto_read_file col "
        "read_csv read_excel read_fwf read_json read_json_lines read_lines read_pandas_dataframe "
        "read_parquet_dataset read_parquet_file read_sql"
    ),
    "azureml.fsspec": "AzureMachineLearningFileSystem",
    "azureml.interpret": _EXPLAINERS,
    "azureml.interpret.mimic": "",
    "azureml.interpret.mimic.models": "",
    "azureml.interpret.mimic.models.lightgbm_model": "LGBMExplainableModel",
    "azureml.interpret.mimic_wrapper": "MimicWrapper",
    "azureml.interpret.scoring": "",
    "azureml.interpret.scoring.scoring_explainer": _SCORING,
    "azureml.mlflow": "get_portal_url register_model",
    "azureml.monitoring": "ModelDataCollector",
    "azureml.responsibleai": "RAIInsights",
    "azureml.responsibleai.tools": "",
    "azureml.responsibleai.tools.model_analysis": "",
    "azureml.responsibleai.tools.model_analysis.model_analysis_config": "ModelAnalysisConfig",
    "azureml.responsibleai.tools.model_analysis.model_analysis_run": "ModelAnalysisRun",
    "azureml.tensorboard": "Tensorboard",
    "azureml.tensorboard.export": "export_to_tensorboard",
    "azureml.train.automl.runtime": "",
    "azureml.train.automl.runtime._hts": "",
    "azureml.train.automl.runtime._hts.hts_parameters": (
        "HTSInferenceParameters HTSTrainParameters"
    ),
    "azureml.train.automl.runtime._many_models": "",
    "azureml.train.automl.runtime._many_models.many_models_parameters": (
        "ManyModelsInferenceParameters ManyModelsTrainParameters"
    ),
    "azureml.train.automl.runtime.automl_explain_utilities": (
        "AutoMLExplainerSetupClass automl_setup_model_explanations"
    ),
    # A name is known by the first of its modules; what follows are older ones.
    "azureml.contrib.automl": "",
    "azureml.contrib.automl.pipeline": "",
    "azureml.contrib.automl.pipeline.steps": "AutoMLPipelineBuilder",
    "azureml.contrib.brainwave": "BrainwaveImage BrainwaveWebservice",
    "azureml.contrib.brainwave.models": _NETS,
    "azureml.contrib.dataset": "FileHandlingOption LabeledDatasetTask",
    "azureml.contrib.dataset.labeled_dataset": "LabeledDatasetTask _LabeledDatasetFactory",
    "azureml.contrib.explain": "",
    "azureml.contrib.explain.model": "",
    "azureml.contrib.explain.model.explanation": "",
    "azureml.contrib.explain.model.explanation.explanation_client": "ExplanationClient",
    "azureml.contrib.explain.model.visualize": "ExplanationDashboard",
    "azureml.contrib.fairness": "download_dashboard_by_upload_id upload_dashboard_dictionary",
    "azureml.contrib.interpret": "",
    "azureml.contrib.interpret.explanation": "",
    "azureml.contrib.interpret.explanation.explanation_client": "ExplanationClient",
    "azureml.contrib.interpret.visualize": "ExplanationDashboard",
    "azureml.contrib.pipeline": "",
    "azureml.contrib.pipeline.steps": _PARALLEL,
    "azureml.contrib.services": "",
    "azureml.contrib.services.aml_request": "AMLRequest rawhttp",
    "azureml.contrib.services.aml_response": "AMLResponse",
    "azureml.contrib.tensorboard": "Tensorboard export_to_tensorboard",
    "azureml.contrib.tensorboard.export": "export_to_tensorboard",
    "azureml.contrib.train": "",
    "azureml.contrib.train.rl": _LEARNING,
    "azureml.explain": "",
    "azureml.explain.model": "",
    "azureml.explain.model._internal": "",
    "azureml.explain.model._internal.explanation_client": "ExplanationClient",
    "azureml.explain.model.mimic": "",
    "azureml.explain.model.mimic.mimic_explainer": "MimicExplainer",
    "azureml.explain.model.mimic.models": "",
    "azureml.explain.model.mimic.models.lightgbm_model": "LGBMExplainableModel",
    "azureml.explain.model.scoring": "",
    "azureml.explain.model.scoring.scoring_explainer": _SCORING,
    "azureml.explain.model.tabular_explainer": "TabularExplainer",
}
"""The names of each module, by the module's."""

_DEPTHS = {"contrib": 3, "train": 4}
_HERE = frozenset(_PARALLEL.split())

UNSUPPORTED = " ".join(
    sorted({name for names in PACKAGES.values() for name in names.split()} - _HERE)
)
"""The names that say what to use instead."""


def package_of(module: str) -> str | None:
    """Return the package of its own that a module belongs to.

    Parameters
    ----------
    module : str

    Returns
    -------
    str or None
        None of a module of the SDK itself.
    """
    if module not in PACKAGES:
        return None
    parts = module.split(".")
    return ".".join(parts[: _DEPTHS.get(parts[1], 2)])
