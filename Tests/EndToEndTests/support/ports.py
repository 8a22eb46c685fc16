"""Ports of loopback that tests beside each other do not take from one another."""

import socket


def free_port():
    """A port that the system gives to nobody who asks for any, for as long as a test runs.

    A connection of it has just ended on its side, and until such a one is forgotten (a minute on Linux),
    only who names the port gets it: all servers here set SO_REUSEADDR, which lets them. So nobody
    slips in before a server binds it, between its stop and its next start, or where nobody should answer.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            accepted, _ = server.accept()
            # The side that closes first is the one that remembers.
            accepted.close()
            client.recv(1)
        return server.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
