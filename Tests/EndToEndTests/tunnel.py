"""A proxy on loopback that knows CONNECT alone."""

import http.server
import select
import socket
import threading

from roomy import RoomyServer


class Tunnel:
    """Connects clients to where they ask for, and keeps what that was."""

    def __init__(self, status=200):
        self.targets = []
        self.authorizations = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self):
                owner.targets.append(self.path)
                owner.authorizations.append(self.headers.get("Proxy-Authorization"))
                self.close_connection = True
                if status != 200:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                host, _, port = self.path.rpartition(":")
                with socket.create_connection((host, int(port))) as server:
                    self.send_response(200)
                    self.end_headers()
                    pass_bytes(self.connection, server)

            def log_message(self, *_):
                pass

        self._server = RoomyServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


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
