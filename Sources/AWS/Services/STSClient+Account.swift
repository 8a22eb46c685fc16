extension STSClient {
  /// The client of an account, with a patience that no setting of the user's makes longer.
  package init(account: Account, patience: Patience) {
    var context = account.context
    context.send = patience.limiting(context.send)
    self.init(account.profile, context, attemptsMax: patience.retries.attemptsMax)
  }
}
