"""An HTTP server with room for all connections of a sync at once."""

import http.server


class RoomyServer(http.server.ThreadingHTTPServer):
    # Beyond five waiting connections, Linux drops what ends a handshake: the client believes itself
    # connected and waits for an answer to a request that nobody reads.
    request_queue_size = 1_024
    daemon_threads = True
