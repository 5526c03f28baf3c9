"""Where a step runs: one engine per file, all of one contract."""
