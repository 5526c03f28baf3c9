"""Azure ML's curated environments: names that notebooks use without having registered them."""

from __future__ import annotations

PREFIX = "AzureML-"

# By what a name has in it, in lower case; the first that fits counts. No versions: an environment
# is made of what is installed here, and a step that needs another version says so itself.
_PACKAGES = (
    ("tutorial", ("matplotlib", "pandas", "scikit-learn")),
    ("automl", ("pandas", "scikit-learn")),
    ("sklearn", ("pandas", "scikit-learn")),
    ("scikit-learn", ("pandas", "scikit-learn")),
    ("lightgbm", ("lightgbm", "pandas", "scikit-learn")),
    ("xgboost", ("pandas", "scikit-learn", "xgboost")),
    ("dask", ("dask", "pandas")),
    ("tensorflow", ("tensorflow",)),
    ("pytorch", ("torch",)),
    ("acpt", ("torch",)),
    ("responsibleai", ("pandas", "scikit-learn")),
    ("pyspark", ("pyspark",)),
)


def packages_of(name: str) -> list[str] | None:
    """Return the packages that a curated environment stands for here.

    Parameters
    ----------
    name : str

    Returns
    -------
    list of str or None
        None if the name is not a curated environment's.
    """
    if not name.startswith(PREFIX):
        return None
    for part, packages in _PACKAGES:
        if part in name.lower():
            return ["azureml-defaults", *packages]
    return ["azureml-defaults"]
