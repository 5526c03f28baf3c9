"""What is done around a step's process: copies and transfers before it, uploads after it.

``python -m synapse_magics.staging`` is a process of the step's family, started by its supervisor.
Nobody imports this package but the agent, which says in ``tasks`` what is to be done.
"""
