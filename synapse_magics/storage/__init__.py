"""Where data lies when it is not in the workspace: addresses, file systems, transfers.

A leaf: it stands on fsspec, imported inside functions, and on the base of the errors.
"""
