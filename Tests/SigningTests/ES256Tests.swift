import Signing
import Testing

@Suite struct ES256Tests {
  // The key, the message and a signature of RFC 7515, appendix A.3.
  private static let sec1 = """
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49
    AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b
    focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
    -----END EC PRIVATE KEY-----

    """
  private static let sec1WithoutPublicKey = """
    -----BEGIN EC PRIVATE KEY-----
    MDECAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49AwEH
    -----END EC PRIVATE KEY-----
    """
  private static let pkcs8 = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
    H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
    7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
    -----END PRIVATE KEY-----
    """
  private static let message =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
    + "NvbS9pc19yb290Ijp0cnVlfQ"
  private static let x = "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445"
  private static let y = "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad"
  private static let r = "0ed1215379636c483c2f7f155807d402a3b228033af97c7e17819ac3169ea665"
  private static let s = "c50a07d38c3c70e5d8f12daf084a5480a66590c5f293509a8f3f7f8a83a354d5"

  private static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal)
    return stride(from: 0, to: digits.count, by: 2).compactMap { place in
      UInt8(String(digits[place...place + 1]), radix: 16)
    }
  }

  private static let key = ES256PublicKey(x: bytes(x), y: bytes(y))

  @Test func verifiesAPublishedSignature() {
    let signature = Self.bytes(Self.r + Self.s)
    #expect(Self.key.verifies(signature, of: Array(Self.message.utf8)))
    #expect(!Self.key.verifies(signature, of: Array(Self.message.utf8.dropLast())))
    #expect(!Self.key.verifies(Self.bytes(Self.s + Self.r), of: Array(Self.message.utf8)))
    #expect(!Self.key.verifies(signature.dropLast(), of: Array(Self.message.utf8)))
  }

  // Numbers that begin with a zero byte come up once in 128 signatures.
  @Test(arguments: [sec1, sec1WithoutPublicKey, pkcs8])
  func signsWhatItsPublicKeyVerifies(pem: String) throws {
    guard let key = ES256PrivateKey(pem: pem) else {
      Issue.record("the key cannot be read")
      return
    }
    let publicKey = key.publicKey
    #expect(publicKey == Self.key)
    for number in 0..<600 {
      let message = Array("message \(number)".utf8)
      let made = key.signature(of: message)
      let signature = try #require(made)
      #expect(signature.count == 64)
      #expect(publicKey.verifies(signature, of: message))
    }
  }

  @Test(arguments: [
    "", "no key", sec1.replacing("A", with: "B"), sec1.replacing("\n", with: "\\n"),
    // The curve P-384.
    """
    -----BEGIN EC PRIVATE KEY-----
    MIGkAgEBBDCg94UgTcfHVkVz6oTJ9X482p6Sci5lJbavosZ/C4PyfiEIGdkLBBYj
    L9qMgb9lpPKgBwYFK4EEACKhZANiAAQ8+t2fwTDYcEmsoHw7Z74k1Ipsaw4H8G4m
    9oKExS6YHNUsRVtwwfi9iK09Z1lFToQ1HGkzjFfG/ydKGiG/OTt/guG8sZeooR5I
    VxHlcAjtj2HK3BIbgS9cXJv9sqqYSqs=
    -----END EC PRIVATE KEY-----
    """,
    // Behind a password.
    """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgDL7WVb/GeOAICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEH7lIFU0L0MqXmiF62YpGzUEgZCC
    udebFlwEpDyFLmbpsOmSh3J3iqC/my+Ko3DlTNaJrvS+4Gt7FV/RMhE1BcKT/1We
    uAa7UFsspogoJQ4ZTBIuktJS9p02PHCRny7Dc0lf2DTzKw3qnVTASWYeeUzpxPuO
    ezghHDzHnaR/Zlxhxb8G07kQEk5FcaRMjkYBh6YfLRMUH5rENuSPjD++z3IsjRg=
    -----END ENCRYPTED PRIVATE KEY-----
    """,
  ])
  func refusesOtherKeys(pem: String) {
    let isRead = ES256PrivateKey(pem: pem) != nil
    #expect(!isRead)
  }
}
