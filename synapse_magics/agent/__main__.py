"""Start the agent of a workspace in the background: ``python -m synapse_magics.agent FOLDER``."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from synapse_magics.agent.main import serve


def main() -> None:
    """Detach and serve."""
    folder = Path(sys.argv[1]).absolute()
    if os.fork() > 0:
        os._exit(0)  # whoever started us goes on; the agent is nobody's child
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        serve(folder)
    except Exception:  # the log is all that anybody will see
        logging.getLogger(__name__).exception("the agent ends")
        raise


if __name__ == "__main__":
    main()
