"""Start the agent of a workspace in the background: ``python -m synapse_magics.agent FOLDER``."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from synapse_magics.agent.service import serve


def main() -> None:
    """Detach and serve; whoever started us learns whether that went well."""
    folder = Path(sys.argv[1]).absolute()
    hear, tell = os.pipe()
    if os.fork() > 0:
        os.close(tell)
        # Whoever started us goes on; the agent is nobody's child. It says one byte, or it dies.
        os._exit(0 if os.read(hear, 1) else 1)
    os.close(hear)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )

    def ready() -> None:
        os.write(tell, b"!")
        os.close(tell)

    try:
        serve(folder, ready)
    except Exception:  # the log is all that anybody will see; Python's own words are not masked
        logging.getLogger(__name__).exception("the agent ends")
        sys.exit(1)


if __name__ == "__main__":
    main()
