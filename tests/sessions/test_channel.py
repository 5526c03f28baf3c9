"""What comes from a driver, in pieces of any size."""

import socket

import pytest

from synapse_magics.sessions.channel import Channel, ChannelClosedError, Printed


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_answers_come_in_pieces_and_several_at_once(ends):
    channel, driver = ends
    driver.sendall(b'{"event": "a"}\n{"eve')
    assert channel.receive(1) == {"event": "a"}
    assert channel.receive(0) is None
    driver.sendall(b'nt": "b"}\n')
    assert channel.receive(1) == {"event": "b"}


def test_the_end_of_the_driver_is_told(ends):
    channel, driver = ends
    driver.sendall(b'{"event": "last"}\n')
    driver.close()

    assert channel.receive(1) == {"event": "last"}
    with pytest.raises(ChannelClosedError):
        channel.receive(1)
    with pytest.raises(ChannelClosedError):
        channel.send("run", code="x" * (1 << 20))


def test_a_file_is_read_as_it_grows_and_up_to_a_position(tmp_path):
    path = tmp_path / "stdout"
    path.touch()
    printed = Printed(path)
    with path.open("ab", buffering=0) as file:
        assert printed.read() == ""
        file.write(b"one two")
        assert printed.read(3) == "one"
        assert printed.read(3) == ""
        assert printed.read() == " two"
        file.write("ä".encode()[:1])
        assert printed.read() == ""
        file.write("ä".encode()[1:])
        assert printed.read() == "ä"
    printed.close()
