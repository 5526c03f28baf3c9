"""Hints where nobody can type magics: the call, or the command of a terminal, that does the same.

Errors name the magic, once; this is the one place that knows what stands for it in a script.
"""

from __future__ import annotations

import re
import sys

_INSTEAD = tuple(
    (re.compile(magic), words)
    for magic, words in (
        (
            r"%synapse_compute (\S+) --max-nodes (\d+)",
            r"ComputeTarget(workspace, '\1').update(max_nodes=\2)",
        ),
        (r"%synapse_compute\b", "AmlCompute.provisioning_configuration(...)"),
        (r"%synapse_attach\b", "SynapseCompute.attach_configuration(...)"),
        (
            r"%synapse_workspace NAME --folder DIR names another folder",
            "os.chdir(DIR) goes to another folder",
        ),
        (r"%synapse_workspace NAME\b", "Workspace.create(NAME)"),
        (r"restart the kernel, or %synapse_workspace\b", "Workspace.from_config()"),
        (r"%synapse_workspace [\w-]+", "Workspace.from_config() opens it"),
        (
            r"%synapse_datastore --map ADDRESS=FOLDER",
            "Datastore.map_address(workspace, ADDRESS, FOLDER)",
        ),
        (r"; %synapse_dataset NAME FILE does both", ""),
        (r", or %synapse_dataset --multi-line,", ","),
        (r"%synapse_dataset\b", "Dataset.Tabular.from_delimited_files(...)"),
        (r"%synapse_submit --from \S+", "submit(..., regenerate_outputs=True)"),
        (r"%synapse_submit(?! )", "Pipeline(workspace, steps).submit(...)"),
        (r"%synapse_(clean|logs|runs|status)\b", r"synapse-magics \1"),
        (r"a cell that begins with %%(spark|python)_step NAME\b", r"a function under @\1_step"),
        (r"%pip\b", "pip"),
    )
)


def has_magics() -> bool:
    """Tell whether somebody can type magics here: a script, and a notebook of the SDK's, cannot.

    Returns
    -------
    bool
    """
    # Nothing here imports IPython: where nobody did there is no shell.
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and shell.find_line_magic("synapse_logs") is not None


def for_here(hint: str) -> str:
    """Return a hint as it is of use here.

    Parameters
    ----------
    hint : str
        It may name magics.

    Returns
    -------
    str
    """
    if "%" not in hint or has_magics():
        return hint
    for magic, words in _INSTEAD:
        hint = magic.sub(words, hint)
    return hint
