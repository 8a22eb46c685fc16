import HTTPServing
import Synchronization
import System
package import Vocabulary

/// A deterministic S3 on 127.0.0.1 that serves buckets of any size and stores nothing.
///
/// Serves from its creation until `stop()` or the last reference. Equal configurations give equal
/// answers, whatever the port. Safe to use from any thread.
package final class SimulatedS3: Sendable {
  private let service: Service
  private let daemon: Mutex<LoopbackDaemon?>
  package let port: UInt16

  /// Starts serving; port 0 picks a free one.
  ///
  /// `now` is what signatures are checked against and what throttling goes by. Throws when the port
  /// cannot be listened on.
  package init(
    _ configuration: SimulatorConfiguration, port: UInt16 = 0,
    now: @escaping @Sendable () -> Timestamp = SimulatedS3.systemTime
  ) throws(SimulatorError) {
    let service = Service(configuration, now: now)
    do throws(SystemError) {
      let daemon = try LoopbackDaemon(
        port: port, mayBlock: service.blocks, bodyBytesMax: S3Request.bodyBytesMax
      ) { request in
        service.deliver(S3Request(request)).loopbackAnswer()
      }
      self.port = daemon.port
      self.service = service
      self.daemon = Mutex(daemon)
    } catch {
      throw SimulatorError(error.description)
    }
  }

  /// `http://127.0.0.1:PORT`, to be used path style.
  package var endpoint: String { "http://127.0.0.1:\(port)" }

  /// The night being served; 0 unless configured otherwise.
  package var night: Int { service.night }

  package var statistics: SimulatorStatistics { service.statistics }

  /// Lets objects change, appear and disappear; returns the new night.
  @discardableResult
  package func nextNight() -> Int { service.nextNight() }

  /// Every version and delete marker of a bucket as it is now, in the order of its keys, in a key
  /// the newest first; none for a bucket that there is not.
  package func versions(of name: String) -> [SimulatedVersion] {
    bucket(named: name).map { Array(service.contents(of: $0).versions()) } ?? []
  }

  /// Every object of a plain listing of a bucket as it is now.
  package func objects(of name: String) -> [SimulatedObject] {
    bucket(named: name).map { Array(service.contents(of: $0).objects()) } ?? []
  }

  /// From now on no fault happens, and no churn.
  package func heal() { service.heal() }

  /// A bucket, for the truth about its objects.
  package func bucket(named name: String) -> SimulatedBucket? { service.buckets[name] }

  /// Closes all connections and frees the port.
  ///
  /// Waits for answers being delayed; more calls do nothing.
  package func stop() {
    daemon.withLock { $0 = nil }
  }

  /// The clock of the machine, to the second.
  package static let systemTime: @Sendable () -> Timestamp = {
    Timestamp(millisecondsSinceEpoch: SystemClock.millisecondsSinceEpoch / 1_000 * 1_000)
  }
}
