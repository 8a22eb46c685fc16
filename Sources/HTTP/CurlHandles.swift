import CCurl

/// A call of libcurl that failed, before anyone knows which request it was for.
struct CurlFailure: Error {
  let code: CURLcode
}

/// curl_global_init, once: a lazy global runs exactly once, whichever thread comes first.
private let globalInitialization: CURLcode = curl_global_init(Int(CURL_GLOBAL_ALL))

/// An easy handle with its error text.
///
/// Freed exactly once, when it goes out of scope; it must have left its multi handle by then.
@safe struct EasyHandle: ~Copyable {
  private let handle: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>

  init() throws(CurlFailure) {
    guard let handle = unsafe curl_easy_init() else {
      throw CurlFailure(code: CURLE_FAILED_INIT)
    }
    unsafe self.handle = handle
    unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    unsafe errorText.deallocate()
  }

  /// Forgets all options, but neither connections nor the TLS session.
  func reset() throws(CurlFailure) {
    unsafe curl_easy_reset(handle)
    unsafe errorText.pointee = 0
    try check(unsafe ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
    try check(unsafe ccurl_allow_http_only(handle))
    try check(unsafe ccurl_abandon_slow_resolver(handle))
  }

  func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
    try check(unsafe ccurl_set_long(handle, option, value))
  }

  /// libcurl keeps a copy of the text.
  func set(_ option: CURLoption, _ value: String) throws(CurlFailure) {
    try check(unsafe ccurl_set_string(handle, option, value))
  }

  /// libcurl keeps a copy of the bytes.
  func setBody(_ bytes: [UInt8]) throws(CurlFailure) {
    try check(unsafe ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
    try check(unsafe ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, bytes))
  }

  /// The list must live until the transfer is over.
  func setHeaders(_ lines: borrowing HeaderLines) throws(CurlFailure) {
    try check(unsafe ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, lines.head))
  }

  /// Routes the callbacks to `transfer`, which must live until it has left the multi handle.
  func setReceiver(_ transfer: Transfer) throws(CurlFailure) {
    let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
    try check(unsafe ccurl_set_pointer(handle, CURLOPT_PRIVATE, context))
    try check(unsafe ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context))
    try check(unsafe ccurl_set_prereq_callback(handle, requestIsSent))
    try check(unsafe ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context))
    try check(
      unsafe ccurl_set_write_callback(handle, CURLOPT_HEADERFUNCTION, headLineIsReceived))
    try check(unsafe ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context))
    try check(unsafe ccurl_set_write_callback(handle, CURLOPT_WRITEFUNCTION, bodyIsReceived))
  }

  /// Has libcurl hand out what was refused before, perhaps within this call, and go on.
  func resume() {
    // It fails only for a transfer that is over, or without memory, which the next call finds as well.
    _ = unsafe curl_easy_pause(handle, CURLPAUSE_CONT)
  }

  /// Zero when libcurl does not know.
  func long(_ info: CURLINFO) -> Int {
    var value = 0
    return unsafe ccurl_get_long(handle, info, &value) == CURLE_OK ? value : 0
  }

  /// Nil when libcurl does not know.
  func offset(_ info: CURLINFO) -> Int? {
    var value: curl_off_t = -1
    let code = unsafe ccurl_get_offset(handle, info, &value)
    return code == CURLE_OK && value >= 0 ? Int(value) : nil
  }

  /// What libcurl says about the failure of this transfer.
  func message(for code: CURLcode) -> String {
    let text = unsafe String(cString: errorText)
    return text.isEmpty ? curlMessage(code) : text
  }

  fileprivate func withHandle(_ body: (UnsafeMutableRawPointer) -> CURLMcode) -> CURLMcode {
    unsafe body(handle)
  }

  private func check(_ code: CURLcode) throws(CurlFailure) {
    guard code == CURLE_OK else { throw CurlFailure(code: code) }
  }
}

/// libcurl's general words for a code.
func curlMessage(_ code: CURLcode) -> String {
  unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "unknown error"
}

/// A list of header lines in libcurl's form.
///
/// Freed exactly once, when it goes out of scope.
@safe struct HeaderLines: ~Copyable {
  fileprivate private(set) var head: UnsafeMutablePointer<curl_slist>?

  init() {
    unsafe head = nil
  }

  deinit {
    unsafe curl_slist_free_all(head)
  }

  mutating func append(_ line: String) throws(CurlFailure) {
    guard let grown = unsafe curl_slist_append(head, line) else {
      throw CurlFailure(code: CURLE_OUT_OF_MEMORY)
    }
    unsafe head = grown
  }
}

/// A multi handle with its pool of connections.
///
/// Freed exactly once, when it goes out of scope.
///
/// Safety: one thread drives it; `wakeUp()` alone is called by others, which is the one function
/// that libcurl allows from any thread (curl_multi_wakeup(3)).
@safe struct MultiHandle: ~Copyable, @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer

  /// Initializes libcurl as well when this is the first.
  init(connectionsMax: Int) throws(HTTPError) {
    guard globalInitialization == CURLE_OK, let handle = unsafe curl_multi_init() else {
      throw HTTPError(
        .other, "libcurl could not be initialized",
        curlCode: Int32(globalInitialization.rawValue), url: "")
    }
    // CURLMOPT_MAX_TOTAL_CONNECTIONS stays unset: requests above the limit wait in the transport,
    // where no clock runs for them, instead of inside libcurl, where the connect timeout does.
    let code = unsafe ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, connectionsMax)
    guard code == CURLM_OK else {
      unsafe curl_multi_cleanup(handle)
      throw HTTPError(.other, "libcurl refused the size of the connection pool", url: "")
    }
    unsafe self.handle = handle
  }

  deinit {
    unsafe curl_multi_cleanup(handle)
  }

  /// Ends the current or the next ``wait(milliseconds:)``; callable from any thread.
  func wakeUp() {
    // It fails only when the pipe is full, and then the thread wakes up anyway.
    _ = unsafe curl_multi_wakeup(handle)
  }

  func add(_ easy: borrowing EasyHandle) -> CURLMcode {
    unsafe easy.withHandle { unsafe curl_multi_add_handle(handle, $0) }
  }

  /// Also closes the connection when the transfer was not over.
  func remove(_ easy: borrowing EasyHandle) {
    let code = unsafe easy.withHandle { unsafe curl_multi_remove_handle(handle, $0) }
    precondition(code == CURLM_OK, "only handles that were added are removed")
  }

  /// Sends and receives what is possible without blocking.
  func perform() -> CURLMcode {
    var runningCount: Int32 = 0
    return unsafe curl_multi_perform(handle, &runningCount)
  }

  /// Sleeps until a socket is ready, a timer of libcurl is due or someone calls ``wakeUp()``.
  func wait(milliseconds: Int32) -> CURLMcode {
    unsafe curl_multi_poll(handle, nil, 0, milliseconds, nil)
  }

  /// The next transfer that is over, until there is no more.
  func nextFinished() -> (Transfer, CURLcode)? {
    var leftCount: Int32 = 0
    while let message = unsafe curl_multi_info_read(handle, &leftCount) {
      guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
      var context: UnsafeMutableRawPointer?
      let code = unsafe ccurl_get_private(message.pointee.easy_handle, &context)
      guard code == CURLE_OK, let context = unsafe context else { continue }
      let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      return unsafe (transfer, message.pointee.data.result)
    }
    return nil
  }
}
