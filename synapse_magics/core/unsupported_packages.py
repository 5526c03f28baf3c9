"""What packages of their own below ``azureml`` have: importable, and not run here."""

from __future__ import annotations

from synapse_magics.core.not_run_here import refusing

_EXPLAIN = (
    "explain the model in a PythonScriptStep with interpret-community, shap or another library, "
    "and keep what it says by run.upload_file(name, path)"
)
_FAIRNESS = (
    "compute the metrics with fairlearn, and keep them by run.log_table(name, value) or "
    "run.upload_file(name, path)"
)
_SERVING = "serve the file of Model.get_model_path(...) with a web framework of your choice"
_MANY = (
    "ParallelRunStep trains or scores one model per part of the data: "
    "ParallelRunConfig(partition_keys=...)"
)
_DATAPREP = (
    "Dataset.Tabular.from_delimited_files(...), from_parquet_files(...) or "
    "from_json_lines_files(...) reads files; pandas and Spark prepare them in a step"
)

_FAMILIES = (
    (
        _EXPLAIN,
        "Explanations of a model.",
        (
            "DeepScoringExplainer ExplanationClient ExplanationDashboard KernelScoringExplainer "
            "LGBMExplainableModel LinearScoringExplainer MimicExplainer MimicWrapper "
            "TabularExplainer TreeScoringExplainer load save AutoMLExplainerSetupClass "
            "automl_setup_model_explanations"
        ),
    ),
    (
        f"the package responsibleai has RAIInsights itself; or {_EXPLAIN}",
        "An analysis of a model.",
        "ModelAnalysisConfig ModelAnalysisRun RAIInsights",
    ),
    (
        _FAIRNESS,
        "A view of a model's fairness, kept with a run.",
        "download_dashboard_by_upload_id upload_dashboard_dictionary",
    ),
    (
        "in a scheduled step compare the figures of two datasets: dataset.get_profile()",
        "How data change with time.",
        "AlertConfiguration DataDriftDetector Metric MetricType ModelServingDataset",
    ),
    (
        (
            "run.log(...) and run.register_model(...) keep metrics and models; "
            "mlflow.set_tracking_uri('mlruns') keeps what MLflow's own calls are given in a folder"
        ),
        "MLflow with a workspace behind it.",
        "get_portal_url register_model",
    ),
    (
        (
            "write what the model is given and answers to files of a datastore, and define a "
            "dataset of them"
        ),
        "What a deployed model was given.",
        "ModelDataCollector",
    ),
    (
        "tensorboard --logdir FOLDER reads what run.download_files('logs', 'FOLDER') brings",
        "TensorBoard of a run.",
        "Tensorboard export_to_tensorboard",
    ),
    (
        (
            "run.register_model(...) keeps a model, and TensorFlow, PyTorch or ONNX Runtime runs "
            "it on this machine"
        ),
        "A model for certain hardware.",
        (
            "AccelContainerImage AccelOnnxConverter BrainwaveImage BrainwaveWebservice Densenet121 "
            "PredictionClient QuantizedDensenet121 QuantizedResnet152 QuantizedResnet50 "
            "QuantizedSsdVgg QuantizedVgg16 Resnet152 Resnet50 SsdVgg Vgg16"
        ),
    ),
    (
        (
            "Dataset.File.from_files((datastore, path)) reads it, dataset.download(folder) brings "
            "it, or use fsspec with adlfs"
        ),
        "Files of a datastore by their address.",
        "AzureMachineLearningFileSystem",
    ),
    (_SERVING, "A request to a deployed model, or its answer.", "AMLRequest AMLResponse rawhttp"),
    (
        "start Ray in the script of a PythonScriptStep: ray.init()",
        "Reinforcement learning.",
        (
            "Ray ReinforcementLearningEstimator ReinforcementLearningRun SimulatorConfiguration "
            "WorkerConfiguration"
        ),
    ),
    (
        (
            "Dataset.Tabular.from_json_lines_files(...) reads exported labels, "
            "Dataset.File.from_files(...) the images"
        ),
        "Labelled images.",
        "FileHandlingOption LabeledDatasetTask _LabeledDatasetFactory",
    ),
    (
        _MANY,
        "Automated training of one model per part of the data.",
        (
            "AutoMLPipelineBuilder HTSInferenceParameters HTSTrainParameters "
            "ManyModelsInferenceParameters ManyModelsTrainParameters"
        ),
    ),
    (
        _DATAPREP,
        "The preparation of data.",
        (
            "Dataflow FieldType Package SummaryColumnsValue SummaryFunction auto_read_file col "
            "read_csv read_excel read_fwf read_json read_json_lines read_lines "
            "read_pandas_dataframe read_parquet_dataset read_parquet_file read_sql"
        ),
    ),
)

for _instead, _doc, _names in _FAMILIES:
    globals().update(
        {name: refusing(name, _instead, _doc, module=__name__) for name in _names.split()}
    )
