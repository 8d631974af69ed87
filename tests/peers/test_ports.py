"""Two Gateways that start at a time are never told the same port."""

import socket

from conformance.peers.ports import RANGE, Ports


def test_a_port_is_given_once_until_it_is_given_back() -> None:
    ports = Ports()
    given = [ports.take() for _ in range(500)]
    assert len(set(given)) == 500
    assert all(RANGE[0] <= port < RANGE[1] for port in given)
    ports.give_back(given[0])
    assert given[0] not in ports._given


def test_a_port_that_somebody_listens_on_is_not_given() -> None:
    ports = Ports()
    taken = ports.take()
    ports.give_back(taken)
    with socket.socket() as server:
        server.bind(("127.0.0.1", taken))
        server.listen()
        assert taken not in [ports.take() for _ in range(200)]
