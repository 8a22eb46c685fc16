"""Requests and connections of tests that speak to a server byte by byte."""

import socket


def request(*headers, line="GET /healthz HTTP/1.1"):
    lines = [line, "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def connect(server):
    client = socket.socket()
    client.settimeout(60)
    client.connect(("127.0.0.1", server.port))
    return client


def asked(client):
    """The status of an answer on an open connection: without a body one piece is the whole answer."""
    client.sendall(request(line="HEAD /healthz HTTP/1.1"))
    return client.recv(4_096)[9:12]
