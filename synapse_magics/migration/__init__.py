"""What of Azure ML SDK v1 runs here: one table, a document of it, and a report on users' code.

``support`` holds the table, ``parity`` tells whether it holds, and ``document`` makes
``docs/azureml_v1.md`` of it (``python -m synapse_magics.migration``). ``sources``, ``usage`` and
``report`` find what notebooks and scripts use of the SDK, without running them.
"""
