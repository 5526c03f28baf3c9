"""What an environment asks for, as a set of requirements, and whether this interpreter meets it.

Plain functions of an environment and of what is installed here.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.conda_dependencies import package_key
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.store.requirements import RequirementSet, masked
from synapse_magics.store.specs import StepKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    from synapse_magics.core.environment import Environment

THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The version of Python that is wanted when an environment names none."""

OLDEST_PYTHON = (3, 10)
"""What this package, and so a step, runs in."""

# What Azure ML puts there when nobody asks for a version.
_DEFAULT_PYTHONS = frozenset({"3.8.13", "3.10.18"})

_SPARK = ("py4j", "pyspark")

# Options of pip that say where packages are and which are taken; those with a value are True.
_OPTIONS = {
    "--index-url": True,
    "--extra-index-url": True,
    "--find-links": True,
    "--no-index": False,
    "--trusted-host": True,
    "--pre": False,
    "--no-binary": True,
    "--only-binary": True,
}
_SHORT = {"-i": "--index-url", "-f": "--find-links", "--pypi-url": "--index-url"}

# Of PyPI by another name.
_PYPI_NAMES = {
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python",
    "py-xgboost": "xgboost",
    "pytables": "tables",
    "python-graphviz": "graphviz",
    "pytorch": "torch",
}

# No Python package, or another one on PyPI; together with r-*, names that begin with _, and what
# names a channel or a build.
_CONDA_ONLY = frozenset(
    [
        "blas",
        "c-compiler",
        "ca-certificates",
        "compilers",
        "cpuonly",
        "cuda-toolkit",
        "cudatoolkit",
        "cudnn",
        "curl",
        "cxx-compiler",
        "ffmpeg",
        "fortran-compiler",
        "gcc",
        "geos",
        "gfortran",
        "git",
        "gxx",
        "hdf5",
        "libblas",
        "libgcc",
        "libgcc-ng",
        "liblapack",
        "libstdcxx-ng",
        "make",
        "mpich",
        "nccl",
        "ncurses",
        "nodejs",
        "nomkl",
        "openblas",
        "openjdk",
        "openmpi",
        "openssl",
        "pandoc",
        "proj",
        "pytorch-cuda",
        "r-base",
        "readline",
        "sqlite",
        "tk",
        "unixodbc",
        "xz",
        "zlib",
    ]
)

_URL = re.compile(r"(?:git\+)?(?:https?|ssh|file)://")


def requirements_of(environment: Environment, kind: StepKind = StepKind.PYTHON) -> RequirementSet:
    """Return all that an environment asks for and that this package does not meet itself.

    Parameters
    ----------
    environment : Environment
    kind : StepKind
        A Spark step has the PySpark of its pool.

    Returns
    -------
    RequirementSet

    Raises
    ------
    UserErrorException
        If something is no requirement.
    NotSupportedError
        If something cannot be had in an environment here.
    """
    where = f"environment {environment.name}"
    packages = environment.python.packages
    pip: list[str] = []
    conda: list[str] = []
    for text in packages.conda_packages:
        name = package_key(text)
        if _is_ours(name) or name in {"python", "pip"}:
            continue
        if _is_for_conda(text):
            conda.append(re.sub(r"\s+", " ", text.strip()))
        else:
            pip.append(_normal(_as_pip(text), text, where))
    pip += [
        _normal(text, text, where)
        for text in packages.pip_packages
        if not _is_ours(package_key(text)) and package_key(text) != "pip"
    ]
    if kind is StepKind.SPARK:
        _check_spark(pip, where)
        pip = [text for text in pip if package_key(text) not in _SPARK]
    return RequirementSet(
        python=_python(packages.get_python_version(), where)[0],
        pip=tuple(pip),
        options=tuple(_option(text, where) for text in packages.pip_options),
        conda=tuple(conda),
        channels=tuple(packages.conda_channels),
    )


def unmet(requirements: RequirementSet) -> str | None:
    """Return the first requirement that this interpreter does not meet, or None.

    Parameters
    ----------
    requirements : RequirementSet

    Returns
    -------
    str or None
        With what is there instead: ``pandas==2.1; installed is pandas 2.3.3``.
    """
    if requirements.python != THIS_PYTHON:
        return f"Python {requirements.python}; this is {THIS_PYTHON}"
    for text in requirements.pip:
        found = _lack(text)
        if found is not None:
            return f"{text}; installed is {found}"
    for text in requirements.conda:
        if not _in_conda(text):
            return f"{text}; this interpreter's conda environment does not have it"
    return None


def own_environment(
    environment: Environment | None, kind: StepKind = StepKind.PYTHON
) -> RequirementSet | None:
    """Return what an environment of its own has to hold, or None if this interpreter will do.

    Parameters
    ----------
    environment : Environment or None
    kind : StepKind

    Returns
    -------
    RequirementSet or None
    """
    if environment is None or environment.python.user_managed_dependencies:
        return None  # who says so has installed what is needed
    wanted = requirements_of(environment, kind)
    return None if unmet(wanted) is None else wanted


def ignored_python(environment: Environment) -> str | None:
    """Return the version of Python that an environment asks for and no step can run in, or None.

    Parameters
    ----------
    environment : Environment

    Returns
    -------
    str or None
    """
    asked = environment.python.packages.get_python_version()
    return None if _python(asked, f"environment {environment.name}")[1] else asked


def _python(asked: str | None, where: str) -> tuple[str, bool]:
    """Return the version of Python to take, and whether it is what was asked for."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - see _normal

    if asked is None or asked in _DEFAULT_PYTHONS:
        return THIS_PYTHON, True
    bare = asked.strip(" =")
    exact = re.match(r"(\d+)\.(\d+)", bare)
    if exact:  # which patch of it makes no difference
        wanted = int(exact[1]), int(exact[2])
        old = wanted < OLDEST_PYTHON  # asked for when the SDK was young
        return (THIS_PYTHON, False) if old else (f"{wanted[0]}.{wanted[1]}", True)
    try:
        specifier = SpecifierSet(f"=={bare}.*" if bare.isdigit() else asked.replace(" ", ""))
    except InvalidSpecifier as error:
        raise UserErrorException(f"Invalid Python version {asked}", error, where=where) from error
    if specifier.contains(".".join(map(str, sys.version_info[:3]))):
        return THIS_PYTHON, True
    fitting = [minor for minor in range(OLDEST_PYTHON[1], 20) if _has_some(specifier, minor)]
    if not fitting:
        return THIS_PYTHON, False
    closest = min(fitting, key=lambda minor: abs(minor - sys.version_info.minor))
    return f"3.{closest}", True


def _has_some(specifier: SpecifierSet, minor: int) -> bool:
    return any(specifier.contains(f"3.{minor}.{patch}") for patch in range(20))


def _is_ours(name: str) -> bool:
    return name.startswith("azureml") or name == "azure-ml-api-sdk"


def _is_for_conda(text: str) -> bool:
    name = package_key(text)
    build = re.search(r"[^=<>!~]=[^=]+=[^=]", text) is not None
    return (
        "::" in text or "[" in text.split("=", maxsplit=1)[0] or build or text.startswith("_")
    ) or (name in _CONDA_ONLY or name.startswith("r-"))


def _as_pip(text: str) -> str:
    """Return what conda writes as pip writes it: ``pandas=2.3`` is ``pandas==2.3.*``."""
    name = package_key(text)
    given = re.match(r"[A-Za-z0-9._-]+", text)
    rest = text[given.end() :].strip() if given else ""
    rest = re.sub(r"^=(?!=)\s*", "", rest) if rest.startswith("=") else rest
    if re.fullmatch(r"\d[\w.]*(\.\*)?", rest):  # after one sign, or a blank
        rest = f"=={rest.removesuffix('.*')}.*"
    return f"{_PYPI_NAMES.get(name, name)}{rest}"


def _normal(text: str, given: str, where: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - steps with
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - an environment need it

    text = text.strip()
    if _URL.match(text):
        return text
    if text.startswith((".", "/", "-", "~")) or ("@" not in text and text.endswith(".whl")):
        raise NotSupportedError(
            f"the environment asks for the path {given}",
            where=where,
            hint="Environment.add_private_pip_wheel(workspace, path) returns what to add instead",
        )
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise UserErrorException(f"Invalid package name {given}", error, where=where) from error
    found.name = canonicalize_name(found.name)
    return str(found)


def _option(text: str, where: str) -> str:
    word, _, value = re.sub(r"[\s=]+", " ", text.strip(), count=1).partition(" ")
    word, value = _SHORT.get(word, word), value.strip()
    if word not in _OPTIONS or _OPTIONS[word] != bool(value):
        raise NotSupportedError(
            f"the option {masked(text)} is not supported in an environment",
            where=where,
            hint="list packages by name; options are " + ", ".join(_OPTIONS),
        )
    return f"{word} {value}".strip()


def _check_spark(pip: list[str], where: str) -> None:
    from packaging.requirements import Requirement  # noqa: PLC0415 - see _normal

    for text in pip:
        if package_key(text) == "pyspark" and "@" not in text:
            wanted, there = Requirement(text), _version("pyspark")
            if there is not None and not wanted.specifier.contains(there, prereleases=True):
                raise NotSupportedError(
                    f"the environment asks for {text}, and the pool has PySpark {there}",
                    where=where,
                    hint="leave pyspark out: a Spark step has that of its pool",
                )


def _lack(text: str) -> str | None:
    """Return what is there in place of a requirement, or None if it is met."""
    from packaging.requirements import Requirement  # noqa: PLC0415 - see _normal

    if _URL.match(text):
        return "not known to be that"
    wanted = Requirement(text)
    if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
        return None
    present = _version(wanted.name)
    if wanted.url is not None:
        return f"{wanted.name} {present}" if present else "nothing"  # from there, perhaps
    if present is None or not wanted.specifier.contains(present, prereleases=True):
        return f"{wanted.name} {present}" if present else "nothing"
    for needed in _of_extras(wanted):
        found = _lack(needed)
        if found is not None:
            return f"{wanted.name} {present} without {needed.partition(';')[0]}"
    return None


def _of_extras(wanted: Requirement) -> Iterator[str]:
    from packaging.requirements import Requirement  # noqa: PLC0415 - see _normal

    for text in metadata.requires(wanted.name) or () if wanted.extras else ():
        needed = Requirement(text)
        marker = needed.marker
        if marker is None or marker.evaluate({"extra": ""}):
            continue  # it came with the package
        if any(marker.evaluate({"extra": extra}) for extra in wanted.extras):
            needed.marker = None
            yield str(needed)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _in_conda(text: str) -> bool:
    """Tell whether the conda environment of this interpreter has a package."""
    name = package_key(text.rpartition("::")[2])
    asked = re.sub(r"^[\s=]+", "", text.rpartition("::")[2][len(name) :]).split("=")[0]
    versions = [
        file.stem.rsplit("-", 2)[1]
        for file in Path(sys.prefix, "conda-meta").glob(f"{name}-*.json")
        if file.stem.rsplit("-", 2)[0] == name
    ]
    if not asked:
        return bool(versions)
    plain = asked.removesuffix("*").removesuffix(".")
    return any(found == plain or found.startswith(f"{plain}.") for found in versions)
