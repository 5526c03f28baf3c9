"""``%synapse_datastore``."""

import pytest

from synapse_magics import Datastore
from synapse_magics._errors import SynapseMagicsError

LAKE = "abfss://data@acct.dfs.core.windows.net"


def test_an_address_is_mapped_listed_and_unmapped(shell, workspace, tmp_path):
    (tmp_path / "testdata").mkdir()

    printed, _ = shell.outputs(f"%synapse_datastore --map {LAKE}/=testdata")
    assert printed == f"{LAKE}/ is read and written in testdata\n"
    shown = str(shell.run("%synapse_datastore"))
    assert f"{LAKE}  mapped" in shown
    assert str(tmp_path) not in shown
    assert f"%synapse_datastore --unmap {LAKE}" in shell.complete("%synapse_datastore --unmap abf")

    shell.run(f"%synapse_datastore --unmap {LAKE}/")
    assert Datastore.address_maps(workspace) == {}


def test_a_datastore_is_registered_with_the_name_of_a_secret(shell, workspace):
    made = shell.run(
        "%synapse_datastore bucket s3://bucket/x --credential env:KEY --option region=eu-west-1"
    )

    assert made.name == "bucket"
    assert workspace.datastores["bucket"].container_name == "bucket"
    assert shell.run("%synapse_datastore bucket").name == "bucket"


@pytest.mark.parametrize(
    "line",
    [
        "lake s3://bucket --credential wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
        "lake s3://bucket --option secret=wJalrXUtnFEMI",
        "lake https://user:wJalrXUtnFEMI@host/x",
        "--map nothing",
        "lake --credential env:KEY",
    ],
)
def test_secrets_and_nonsense_are_refused(shell, workspace, line):
    with pytest.raises(SynapseMagicsError) as caught:
        shell.run(f"%synapse_datastore {line}")

    assert "wJalrXUtnFEMI" not in str(caught.value)
    assert "lake" not in workspace.datastores
