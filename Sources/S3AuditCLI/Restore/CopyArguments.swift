internal import Answers
internal import Arguments
internal import Restore
internal import Vocabulary

// The options of `restore` that are for buckets alone.

extension RestoreArguments {
  static let copyRows: [Option<RestoreArguments>] = [
    Option(
      long: "storage-class", value: "class",
      help: "Into a bucket: the class of all copies, instead of that of each version."
    ) { restore, text throws(UsageError) in
      let isName = text.utf8.allSatisfy { byte in
        byte.isASCIIUppercase || byte.isASCIIDigit || byte == UInt8(ascii: "_")
      }
      guard isName, !text.isEmpty else {
        throw .invalidValue("use a name as S3 has it, such as STANDARD_IA")
      }
      restore.copies.storageClass = text
    },
    .flag(
      "no-tags", help: "Into a bucket: leave tags behind.", sets: \.copies.takesTags, to: false),
    Option(
      long: "copy-part-size", value: "size",
      help: """
        Into a bucket: copy objects of this size and more in parts of it, from 5MiB to 5GiB. Without \
        it, those of 5 GiB and more; parts are larger where there would be over 10,000.
        """
    ) { restore, text throws(UsageError) in
      let bytes = try FilterValues.size(text)
      guard (CopyOptions.partBytesMin...CopyOptions.partBytesMax).contains(bytes) else {
        throw .invalidValue("S3 takes parts from 5MiB to 5GiB")
      }
      restore.copies.partBytes = bytes
    },
    .flag(
      "allow-permanent",
      help: """
        Into a bucket that keeps no versions: what a copy replaces, and what --delete deletes, is gone \
        for good.
        """, sets: \.copies.allowsPermanent),
  ]

  /// All that a restore into a bucket has to know of it.
  var copyOptions: CopyOptions {
    var copies = copies
    copies.concurrency = options.concurrency
    copies.requiresVerified = options.requiresVerified
    copies.isCheck = options.isCheck
    copies.isDryRun = isDryRun
    copies.deletesOthers = deletes
    copies.isIgnored = isIgnored
    return copies
  }
}
