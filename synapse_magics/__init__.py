"""Write Spark and Python steps as notebook cells, submit them as a pipeline, and watch.

``%load_ext synapse_magics`` brings the magics. The same objects are here under Azure ML's names;
they are imported when they are first used, so ``import synapse_magics`` stays light.
"""

__version__ = "0.1.0.dev0"
