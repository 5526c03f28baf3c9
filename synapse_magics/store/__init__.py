"""The durable state of a workspace: what was declared, what was submitted, what happened.

The database is the truth. Everything else (sockets, widgets, processes) may die and is rebuilt
from it.
"""
