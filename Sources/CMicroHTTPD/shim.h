#pragma once

#include <arpa/inet.h>
#include <dlfcn.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// One function per purpose over the library's calls, some of which are variadic, so that Swift cannot import them.

/// A function of the library, looked up once a place that calls it.
///
/// On Linux nothing is linked to the library: it is loaded when a server starts, and whoever only lists a bucket, on a
/// machine of a cluster, needs none. Every version since 2020 has the same binary interface. Naming a function's type
/// is no use of it, so the linker is asked for nothing.
#ifdef __linux__
#define CMICROHTTPD_LIBRARY "libmicrohttpd.so.12"
#define CMICROHTTPD(function)                                                              \
  __extension__({                                                                          \
    static void *found;                                                                    \
    if (__atomic_load_n(&found, __ATOMIC_ACQUIRE) == NULL)                                 \
      __atomic_store_n(                                                                    \
          &found, dlsym(dlopen(CMICROHTTPD_LIBRARY, RTLD_LAZY), #function), __ATOMIC_RELEASE); \
    (__typeof__(&function))__atomic_load_n(&found, __ATOMIC_ACQUIRE);                      \
  })
#else
#define CMICROHTTPD(function) (&function)
#endif

/// Loads the library; why it cannot be, or null. To be asked before anything else here is called.
static inline const char *cmicrohttpd_load_error(void) {
#ifdef __linux__
  if (dlopen(CMICROHTTPD_LIBRARY, RTLD_NOW) == NULL) {
    const char *words = dlerror();
    return words == NULL ? CMICROHTTPD_LIBRARY " is missing" : words;
  }
#endif
  return NULL;
}

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
  return CMICROHTTPD(MHD_start_daemon)(
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
  return CMICROHTTPD(MHD_start_daemon)(
      MHD_USE_AUTO_INTERNAL_THREAD, port, NULL, NULL, handler, context, MHD_OPTION_SOCK_ADDR,
      &address, MHD_OPTION_CONNECTION_LIMIT, connections_max, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
      MHD_OPTION_URI_LOG_CALLBACK, uri_callback, context, MHD_OPTION_NOTIFY_COMPLETED, completed,
      context, threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, MHD_OPTION_END);
}

/// What the library says while a daemon starts, which is why it does not. Kept as long as the daemon.
struct cmicrohttpd_journal {
  int is_open;
  char text[512];
  /// Is told, later, of each answer that the library gives by itself, with its status, on the connection's thread.
  void (*refused)(void *context, unsigned int status);
  void *context;
};

static inline void cmicrohttpd_note(void *context, const char *format, va_list arguments) {
  struct cmicrohttpd_journal *journal = (struct cmicrohttpd_journal *)context;
  // Nothing but this line of the library's log tells of a request that it refuses before it has read the request line.
  static const char refusal[] = "Error processing request (HTTP response code is %u";
  if (!journal->is_open && strncmp(format, refusal, sizeof refusal - 1) == 0) {
    journal->refused(journal->context, va_arg(arguments, unsigned int));
    return;
  }
  // The first reason is the true one.
  if (journal->is_open && journal->text[0] == 0)
    vsnprintf(journal->text, sizeof journal->text, format, arguments);
}

/// What a daemon calls, each with the context that it was started with.
struct cmicrohttpd_callbacks {
  void *context;
  MHD_AccessHandlerCallback answer;
  void *(*uri)(void *, const char *, struct MHD_Connection *);
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connection;
  void (*refused)(void *, unsigned int);
};

/// A daemon that listens nowhere and has one thread: connections are given to it, and may be suspended.
///
/// With a certificate and its key, texts in PEM, they speak TLS by `priorities`; both are null otherwise.
static inline struct MHD_Daemon *cmicrohttpd_start_engine(
    unsigned int connections_max, size_t connection_bytes, const char *certificate, const char *key,
    const char *priorities, struct cmicrohttpd_journal *journal,
    struct cmicrohttpd_callbacks callbacks) {
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
      {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)priorities},
      {MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem plain[] = {
#if MHD_VERSION >= 0x00097701
      {MHD_OPTION_CLIENT_DISCIPLINE_LVL, 2, NULL},
#endif
      {MHD_OPTION_END, 0, NULL}};
  unsigned int flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET |
                       MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                       (certificate != NULL ? MHD_USE_TLS : 0);
  journal->is_open = 1;
  journal->refused = callbacks.refused;
  journal->context = callbacks.context;
  struct MHD_Daemon *daemon = CMICROHTTPD(MHD_start_daemon)(
      flags, 0, NULL, NULL, callbacks.answer, callbacks.context, MHD_OPTION_EXTERNAL_LOGGER,
      cmicrohttpd_note, journal, MHD_OPTION_CONNECTION_LIMIT, connections_max,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes, MHD_OPTION_URI_LOG_CALLBACK,
      callbacks.uri, callbacks.context, MHD_OPTION_NOTIFY_COMPLETED, callbacks.completed,
      callbacks.context, MHD_OPTION_NOTIFY_CONNECTION, callbacks.connection, callbacks.context,
      MHD_OPTION_ARRAY, plain, certificate != NULL ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls,
      MHD_OPTION_END);
  journal->is_open = 0;
  return daemon;
}

/// Gives a socket to a daemon, which closes it in any case; 0 when the daemon does not take it.
///
/// The daemon has no use for the client's address: it counts nobody.
static inline int cmicrohttpd_add(struct MHD_Daemon *daemon, int socket) {
  struct sockaddr_in nobody;
  memset(&nobody, 0, sizeof nobody);
  nobody.sin_family = AF_INET;
  return CMICROHTTPD(MHD_add_connection)(daemon, socket, (struct sockaddr *)&nobody, sizeof nobody) == MHD_YES;
}

/// Has the library pass over what it would take apart, into memory that may not be enough: for that it has two
/// answers at once, or none. To be called when a request line has come, with its target.
///
/// Nobody asks the library for parameters and cookies, and how long a body is, others judge. So its copy of the query
/// becomes empty, and in front of the request's headers there are two of ours, which it finds first. Returns how
/// many those are.
static inline size_t cmicrohttpd_pass_over(struct MHD_Connection *connection, const char *target) {
  char *mark = strchr((char *)target, '?');
  if (mark != NULL && mark[1] != 0) mark[1] = 0;
  size_t count = 0;
  if (CMICROHTTPD(MHD_set_connection_value)(connection, MHD_HEADER_KIND, "Content-Length", "0") == MHD_YES) ++count;
  if (CMICROHTTPD(MHD_set_connection_value)(connection, MHD_HEADER_KIND, "Cookie", "") == MHD_YES) ++count;
  return count;
}

/// How many bytes the head of a request has, from its first letter to its empty line; 0 when that is unknown.
static inline size_t cmicrohttpd_head_bytes(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *answer =
      CMICROHTTPD(MHD_get_connection_info)(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return answer == NULL ? 0 : answer->header_size;
}

/// The status of the answer that is being sent; 0 when there is none.
static inline unsigned int cmicrohttpd_status(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *answer =
      CMICROHTTPD(MHD_get_connection_info)(connection, MHD_CONNECTION_INFO_HTTP_STATUS);
  return answer == NULL ? 0 : answer->http_status;
}

/// What the callback for new connections has put into a connection's slot.
static inline void *cmicrohttpd_socket_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *answer =
      CMICROHTTPD(MHD_get_connection_info)(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return answer == NULL ? NULL : answer->socket_context;
}

/// Whether the texts of a request stand where they were received, each behind the one before.
///
/// Later versions refuse by themselves what is looked for there.
static inline int cmicrohttpd_keeps_places(void) {
  return MHD_VERSION < 0x00097701;
}

/// The socket of a connection; -1 when it is unknown.
static inline int cmicrohttpd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *answer =
      CMICROHTTPD(MHD_get_connection_info)(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return answer == NULL ? -1 : answer->connect_fd;
}

/// The port a daemon listens on; 0 when it is unknown.
static inline uint16_t cmicrohttpd_port(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *answer = CMICROHTTPD(MHD_get_daemon_info)(daemon, MHD_DAEMON_INFO_BIND_PORT);
  return answer == NULL ? 0 : answer->port;
}

static inline void cmicrohttpd_stop(struct MHD_Daemon *daemon) { CMICROHTTPD(MHD_stop_daemon)(daemon); }

static inline void cmicrohttpd_suspend(struct MHD_Connection *connection) {
  CMICROHTTPD(MHD_suspend_connection)(connection);
}

static inline void cmicrohttpd_resume(struct MHD_Connection *connection) {
  CMICROHTTPD(MHD_resume_connection)(connection);
}

/// Tells of each header of a request, by texts that end with a zero.
static inline int cmicrohttpd_headers(
    struct MHD_Connection *connection, MHD_KeyValueIterator iterator, void *context) {
  return CMICROHTTPD(MHD_get_connection_values)(connection, MHD_HEADER_KIND, iterator, context);
}

/// Tells of each header of a request, by texts and their lengths.
static inline int cmicrohttpd_counted_headers(
    struct MHD_Connection *connection, MHD_KeyValueIteratorN iterator, void *context) {
  return CMICROHTTPD(MHD_get_connection_values_n)(connection, MHD_HEADER_KIND, iterator, context);
}

/// An answer whose body the library frees.
static inline struct MHD_Response *cmicrohttpd_answer(size_t count, void *bytes) {
  return CMICROHTTPD(MHD_create_response_from_buffer)(count, bytes, MHD_RESPMEM_MUST_FREE);
}

/// An answer whose body the library fetches piece by piece.
static inline struct MHD_Response *cmicrohttpd_answer_in_pieces(
    uint64_t count, size_t piece_bytes, MHD_ContentReaderCallback read, void *context,
    MHD_ContentReaderFreeCallback free_context) {
  return CMICROHTTPD(MHD_create_response_from_callback)(count, piece_bytes, read, context, free_context);
}

static inline void cmicrohttpd_release(struct MHD_Response *answer) {
  CMICROHTTPD(MHD_destroy_response)(answer);
}

/// Adds a header; 0 when it is refused.
static inline int cmicrohttpd_add_header(
    struct MHD_Response *answer, const char *name, const char *value) {
  return CMICROHTTPD(MHD_add_response_header)(answer, name, value) == MHD_YES;
}

static inline enum MHD_Result cmicrohttpd_queue(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *answer) {
  return CMICROHTTPD(MHD_queue_response)(connection, status, answer);
}
