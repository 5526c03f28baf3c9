"""The magic for the studio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from synapse_magics.magics.base import HELP, NotebookMagics
from synapse_magics.magics.last_run import find_run
from synapse_magics.magics.options import MagicUsageError
from synapse_magics.pipeline.chosen_workspace import current_workspace
from synapse_magics.widgets.studio_model import Place, Section

if TYPE_CHECKING:
    from synapse_magics.widgets.studio import Studio


@magics_class
class StudioMagics(NotebookMagics):
    """``%synapse_studio``."""

    @no_var_expand
    @line_magic
    @magic_arguments()
    @argument(
        "--page",
        "-p",
        choices=tuple(section.value for section in Section),
        metavar="SECTION",
        help=f"Begin with a section: {', '.join(section.value for section in Section)}.",
    )
    @argument("--experiment", "-e", metavar="NAME", help="Begin with this experiment.")
    @argument(
        "--run",
        "-r",
        help="Begin with this run: its id, the beginning of it, or 'last'.",
    )
    @HELP
    def synapse_studio(self, line: str) -> Studio | None:
        """Walk through the workspace: runs, experiments, datasets, pools, links, schedules.

        It only looks: nothing is started or changed. Back, the path above and the sections at the
        left lead from page to page.

        Examples::

            %synapse_studio
            %synapse_studio --page pools
            %synapse_studio --experiment titanic
            %synapse_studio --run last
        """
        args = self.parse(self.synapse_studio, line)
        if args is None:
            return None
        given = [name for name in ("page", "experiment", "run") if getattr(args, name) is not None]
        if len(given) > 1:
            raise MagicUsageError(
                f"{' and '.join(f'--{name}' for name in given)} are two places to begin with",
                where="%synapse_studio",
                hint="leave one of them out",
            )
        from synapse_magics.widgets.studio import Studio  # noqa: PLC0415 - brings ipywidgets

        workspace = current_workspace()
        place = Place()
        if args.page is not None:
            place = Place(Section(args.page))
        elif args.experiment is not None:
            place = Place(Section.EXPERIMENTS, args.experiment)
        elif args.run is not None:
            place = Place(Section.RUNS, find_run(workspace, args.run).id)
        return Studio(workspace, place)
