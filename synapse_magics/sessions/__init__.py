"""Interactive Spark sessions, seen from the notebook's kernel: start, run a statement, stop."""
