#pragma once

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// One function per purpose over the variadic calls, which Swift cannot import.

static inline struct sockaddr_in cmicrohttpd_loopback(uint16_t port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A daemon on 127.0.0.1 with a thread for each connection: a handler may sleep.
/// Polls, because select() cannot wait on descriptors above 1023.
static inline struct MHD_Daemon *cmicrohttpd_start_thread_per_connection(
    uint16_t port, unsigned int connections_max, void *context, MHD_AccessHandlerCallback handler,
    void *(*uri_callback)(void *, const char *, struct MHD_Connection *),
    MHD_RequestCompletedCallback completed) {
  struct sockaddr_in address = cmicrohttpd_loopback(port);
  return MHD_start_daemon(
      MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, port, NULL,
      NULL, handler, context, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT,
      connections_max, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_THREAD_STACK_SIZE,
      (size_t)1 << 20, MHD_OPTION_URI_LOG_CALLBACK, uri_callback, context,
      MHD_OPTION_NOTIFY_COMPLETED, completed, context, MHD_OPTION_END);
}

/// A daemon on 127.0.0.1 whose connections share `threads` threads: a handler must not sleep.
static inline struct MHD_Daemon *cmicrohttpd_start_thread_pool(
    uint16_t port, unsigned int connections_max, unsigned int threads, void *context,
    MHD_AccessHandlerCallback handler,
    void *(*uri_callback)(void *, const char *, struct MHD_Connection *),
    MHD_RequestCompletedCallback completed) {
  struct sockaddr_in address = cmicrohttpd_loopback(port);
  // A pool of one is refused; one polling thread is the same thing.
  return MHD_start_daemon(
      MHD_USE_AUTO_INTERNAL_THREAD, port, NULL, NULL, handler, context, MHD_OPTION_SOCK_ADDR,
      &address, MHD_OPTION_CONNECTION_LIMIT, connections_max, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
      MHD_OPTION_URI_LOG_CALLBACK, uri_callback, context, MHD_OPTION_NOTIFY_COMPLETED, completed,
      context, threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, MHD_OPTION_END);
}

/// The socket of a connection; -1 when it is unknown.
static inline int cmicrohttpd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *answer =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return answer == NULL ? -1 : answer->connect_fd;
}

/// The port a daemon listens on; 0 when it is unknown.
static inline uint16_t cmicrohttpd_port(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *answer = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  return answer == NULL ? 0 : answer->port;
}
