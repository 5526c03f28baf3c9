#!/bin/sh
# titanic.sh PYTHON PROPERTIES: what the notebook's pipeline does, as a script, in this folder.
set -e
"$SPARK_HOME/bin/spark-submit" --properties-file "$2" prep.py Titanic.csv prepared
"$1" train.py prepared model
