#!/bin/sh
# chain.sh PYTHON STEP COUNT: one process after the other.
set -e
number=0
while [ "$number" -lt "$3" ]; do
    "$1" "$2" "$number"
    number=$((number + 1))
done
