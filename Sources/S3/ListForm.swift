/// What a request for a page of a listing has in it beside the keys that it asks for.
///
/// All of it but the version only helps: keys are safe in XML when they are encoded, and a page has a
/// thousand keys by default. A server may refuse either, in whatever words; then it is asked without,
/// and when that is answered, never with it again:
///
///     list-type=2 encoding-type=url max-keys=1000    501 NotImplemented
///     list-type=2                                    200: something was left out that it refuses
///     list-type=2 encoding-type=url                  200: so it was max-keys
struct ListForm: Hashable, Sendable {
  /// How objects are listed.
  enum Version: Sendable {
    /// ListObjects, all that servers of before 2016 know.
    case one
    /// ListObjectsV2.
    case two
  }

  var version = Version.two
  /// Whether keys are asked for encoded, by `encoding-type=url`.
  ///
  /// Without it keys come as they are, and those that XML cannot hold spoil the page.
  var encodesKeys = true
  /// `max-keys`.
  var namesPageSize = true

  /// The same with nothing that only helps.
  var bare: ListForm { ListForm(version: version, encodesKeys: false, namesPageSize: false) }
}

/// What a client knows of the forms that its server takes.
struct ListHabits: Sendable {
  /// The form to ask in.
  var form = ListForm()
  /// Whether an answer has shown which version the server knows.
  var isVersionKnown = false
  /// Whether a page was answered in this form: then no refusal is about the form.
  var isFormKnown = false

  /// Whether a page that was not the first was asked for with nothing that only helps, in vain.
  var isBareRefused = false

  /// The form to try where a page other than the first is refused, though the first was answered in full;
  /// nil where that was tried, or there is nothing to leave out.
  ///
  ///     list-type=2 max-keys=1000                          200
  ///     list-type=2 max-keys=1000 continuation-token=t     400
  ///     list-type=2 continuation-token=t                   200
  func alternative(beyondTheFirst refusal: S3Error) -> ListForm? {
    guard refusal.parameterRefusal != nil, isFormKnown, !isBareRefused, form != form.bare else {
      return nil
    }
    return form.bare
  }

  /// The forms in which a refused request may be answered, the likeliest first.
  func alternatives(after refusal: S3Error) -> [ListForm] {
    guard refusal.parameterRefusal != nil else { return [] }
    let older = ListForm(
      version: .one, encodesKeys: form.encodesKeys, namesPageSize: form.namesPageSize)
    let bare = isFormKnown || form == form.bare ? [] : [form.bare]
    guard !isVersionKnown, form.version == .two else { return bare }
    if refusal.mayRefuseVersionTwo { return [older] + bare + (bare.isEmpty ? [] : [older.bare]) }
    return bare + [older] + (bare.isEmpty ? [] : [older.bare])
  }
}

extension S3Error {
  /// Whether a server that does not know ListObjectsV2 is likely to answer so.
  fileprivate var mayRefuseVersionTwo: Bool {
    switch statusCode {
    case 405, 501: true
    case 400: ["InvalidArgument", "InvalidRequest", "NotImplemented", nil].contains(code)
    default: false
    }
  }
}
