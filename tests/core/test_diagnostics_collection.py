"""Notebooks switch diagnostics on at their beginning; nothing is sent."""

from synapse_magics.core.diagnostics_collection import set_diagnostics_collection


def test_nothing_is_collected_and_that_is_said(capsys):
    set_diagnostics_collection(send_diagnostics=True)
    assert "nothing is sent" in capsys.readouterr().out

    set_diagnostics_collection(send_diagnostics=False)
    assert not capsys.readouterr().out
