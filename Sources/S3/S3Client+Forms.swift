internal import AWS
internal import Synchronization

// How listings of all kinds find out which of the helpful parameters a server takes.

extension S3Client {
  /// Where a client keeps what it knows of the forms of one kind of listing.
  typealias HabitsPath = any WritableKeyPath<State, ListHabits> & Sendable

  /// What the server says to a listing, without what it refuses and answers without.
  ///
  /// `ask` sends the request in a form, a few times at most where a number is given. Where the request
  /// begins anywhere but at the beginning, its refusal may be about that, which says nothing of the form:
  /// then `askForBeginning` has to find the form.
  func answer<Answer>(
    habits path: HabitsPath, askForBeginning: (() async throws -> Void)?,
    _ ask: (ListForm, Int?) async throws -> Answer
  ) async throws -> Answer {
    let known = state.withLock { $0[keyPath: path] }
    do {
      let answer = try await ask(known.form, nil)
      settle(path, on: known.form, isVersionKnown: known.isVersionKnown)
      return answer
    } catch let error as S3Error {
      let forms = known.alternatives(after: error)
      guard !forms.isEmpty else {
        guard askForBeginning != nil,
          let found = try await bareAnswer(after: error, to: known.form, habits: path, ask)
        else { throw error }
        return found
      }
      guard let askForBeginning else {
        guard let found = try await answer(in: forms, habits: path, ask) else { throw error }
        return found
      }
      do {
        try await askForBeginning()
      } catch is S3Error {
        // The refusal that led here is the one to tell.
        throw error
      }
      let found = state.withLock { $0[keyPath: path].form }
      guard found != known.form else { throw error }
      return try await ask(found, nil)
    }
  }

  /// The answer to a request for a page other than the first, with nothing in it that only helps; nil where
  /// that is refused, too, or was before.
  ///
  /// `refused` is the form that it was asked in: another request may have found a better one meanwhile.
  func bareAnswer<Answer>(
    after refusal: S3Error, to refused: ListForm, habits path: HabitsPath,
    _ ask: (ListForm, Int?) async throws -> Answer
  ) async throws -> Answer? {
    guard endpoint.custom != nil, refusal.parameterRefusal != nil else { return nil }
    let known = state.withLock { $0[keyPath: path] }
    let found = known.form == refused ? nil : known.form
    guard let form = found ?? known.alternative(beyondTheFirst: refusal) else { return nil }
    do {
      let answer = try await ask(form, Self.attemptsOfAlternatives)
      let isVersionKnown = state.withLock { $0[keyPath: path].isVersionKnown }
      settle(path, on: form, isVersionKnown: isVersionKnown)
      return answer
    } catch is S3Error {
      state.withLock { $0[keyPath: path].isBareRefused = true }
      return nil
    }
  }

  /// The answer in the first form that the server takes, which is kept; nil when it takes none.
  func answer<Answer>(
    in forms: [ListForm], habits path: HabitsPath, _ ask: (ListForm, Int?) async throws -> Answer
  ) async throws -> Answer? {
    for form in forms {
      do {
        let answer = try await ask(form, Self.attemptsOfAlternatives)
        let fuller = form == form.bare ? try await self.fuller(than: form, ask) : nil
        let isVersionKnown = state.withLock { $0[keyPath: path].isVersionKnown }
        settle(
          path, on: fuller?.form ?? form, isVersionKnown: isVersionKnown || form.version == .one)
        return fuller?.answer ?? answer
      } catch is S3Error {
        continue
      }
    }
    return nil
  }

  /// What of the helpful things the server takes, once it has answered without any: encoded keys are
  /// worth a request.
  private func fuller<Answer>(
    than form: ListForm, _ ask: (ListForm, Int?) async throws -> Answer
  ) async throws -> (form: ListForm, answer: Answer)? {
    var encoding = form
    encoding.encodesKeys = true
    do {
      return (encoding, try await ask(encoding, Self.attemptsOfAlternatives))
    } catch is S3Error {
      return nil
    }
  }

  func settle(_ path: HabitsPath, on form: ListForm, isVersionKnown: Bool) {
    state.withLock { state in
      // Another request may have found out more meanwhile.
      guard !state[keyPath: path].isVersionKnown || isVersionKnown else { return }
      state[keyPath: path] = ListHabits(
        form: form, isVersionKnown: isVersionKnown, isFormKnown: true)
    }
  }
}
