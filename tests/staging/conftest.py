"""A workspace with a datastore on an S3 server of this machine."""

import pytest


@pytest.fixture
def lake(workspace, s3):
    """Register the bucket ``lake`` as the datastore of that name; return the server."""
    s3.make_bucket("lake", {"in/a.csv": "x,y\n1,2\n", "in/b.csv": "x,y\n3,4\n", "one.txt": "one"})
    body = {"type": "S3", "place": s3.place("lake").to_json()}
    workspace.store.registry.put("datastore", "lake", body)
    return s3
