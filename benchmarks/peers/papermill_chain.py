"""A chain of steps that print their number, in papermill: ``papermill_chain.py COUNT``."""

from __future__ import annotations

import sys

import nbformat
import papermill


def main() -> None:
    """Run a notebook again and again in this folder, and tell what each run has printed."""
    cells = [
        nbformat.v4.new_code_cell("number = 0", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print('step', number)"),
    ]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python", "language": "python"},
        "language_info": {"name": "python"},
    }
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), "step.ipynb")
    for number in range(int(sys.argv[1])):
        done = papermill.execute_notebook(
            "step.ipynb",
            f"step{number}.ipynb",
            parameters={"number": number},
            progress_bar=False,
        )
        sys.stdout.write(done.cells[-1].outputs[0].text)


if __name__ == "__main__":
    main()
