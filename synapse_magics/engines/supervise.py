"""Start a supervisor, by path: ``python -I -S supervise.py``, its job on the standard input.

Nobody's settings and packages are looked at, so it starts in a few milliseconds. What it needs of
this package stands on the standard library alone.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from synapse_magics.engines.supervisor import main  # found only now

if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer.read()))
