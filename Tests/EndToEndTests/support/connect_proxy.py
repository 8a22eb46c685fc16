"""A proxy that tunnels: it knows CONNECT alone, connects to whatever is asked for, and remembers what that was."""

import select
import socket

from support.loopback_server import LoopbackServer


class ConnectProxy:
    """Connects clients to where they ask for, or all of them to one place, and keeps what they asked for."""

    def __init__(self, status=200, leading_to=None):
        self._leading_to = leading_to
        self.targets = []
        self.authorizations = []
        self._status = status
        self._server = LoopbackServer(CONNECT=self._connect)
        self.port = self._server.port
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self._server.stop()

    def _connect(self, handler):
        self.targets.append(handler.path)
        self.authorizations.append(handler.headers.get("Proxy-Authorization"))
        handler.close_connection = True
        if self._status != 200:
            handler.send_response(self._status)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        host, _, port = handler.path.rpartition(":")
        with socket.create_connection(self._leading_to or (host, int(port))) as server:
            handler.send_response(200)
            handler.end_headers()
            # The client says nothing before it has this.
            handler.wfile.flush()
            pass_bytes(handler.connection, server)


def pass_bytes(one, other):
    """Until one of the two has nothing more to say."""
    while True:
        ready, _, _ = select.select([one, other], [], [])
        for end in ready:
            try:
                text = end.recv(1 << 16)
                if not text:
                    return
                (other if end is one else one).sendall(text)
            except OSError:
                return
