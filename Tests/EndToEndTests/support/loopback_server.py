"""The HTTP server behind all those that tests play in their own process."""

import http.server
import threading

from support.ports import free_port


class LoopbackHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One write an answer: two would wait for each other's acknowledgements.
    wbufsize = 1 << 16

    def log_message(self, *_):
        pass


class LoopbackServer(http.server.ThreadingHTTPServer):
    """Runs on a free port of loopback, with room for all connections of a sync at once."""

    # Beyond five waiting connections, Linux drops what ends a handshake: the client believes itself
    # connected and waits for an answer to a request that nobody reads.
    request_queue_size = 1_024
    daemon_threads = True

    def __init__(self, tls=None, **answers):
        """`answers` has a function for each HTTP method, which is called with the handler."""
        methods = {
            f"do_{method}": lambda handler, answer=answer: answer(handler)
            for method, answer in answers.items()}
        super().__init__(("127.0.0.1", free_port()), type("Handler", (LoopbackHandler,), methods))
        self.port = self.server_address[1]
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()
