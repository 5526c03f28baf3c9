"""A chain of steps that print their number, in kfp.local: ``kfp_chain.py COUNT``.

Annotations are not postponed: kfp takes the types of a component from them.
"""

import sys

from kfp import dsl, local


# Without the default, which installs kfp anew in each step.
@dsl.component(base_image="python:3.11", install_kfp_package=False)
def say(number: int) -> None:
    """Print a number."""
    print(f"step {number}")  # noqa: T201


def main() -> None:
    """Run the chain in this folder."""
    count = int(sys.argv[1])
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root="outputs")

    @dsl.pipeline
    def chain() -> None:
        before = None
        for number in range(count):
            task = say(number=number)
            if before is not None:
                task.after(before)
            before = task

    chain()


if __name__ == "__main__":
    main()
