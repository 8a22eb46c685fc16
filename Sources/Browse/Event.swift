package import Index
package import Vocabulary

/// Something that happens to a browser.
package enum Event: Sendable {
  case key(Keystroke)
  /// The terminal has so many columns and rows.
  case resize(Size)
  /// What was asked for has not been answered in a tenth of a second, or another one has gone by.
  case tick
  /// An answer to the request of this number, or a part of it.
  case reply(Int, Reply)
}

/// What a read comes to.
package enum Reply: Sendable {
  case level(ReadLevel)
  case growth(Growth)
  case facts(Facts)
  /// So many objects were read so far.
  case counted(Int64)
  /// It cannot be read, in a sentence.
  case failed(String)
}

/// Something that a browser wants to be done.
package enum Effect: Equatable, Sendable {
  /// It is to be read; whatever is being read is not wanted any more.
  case read(Int, Request)
  case stopReading
  case redraw
  case leave
}

/// What is to be read from the index.
package enum Request: Equatable, Sendable {
  /// A level and its first objects in an order; `isAnew` after the index may have changed.
  case level(Place, LevelOrder, objects: Int, isAnew: Bool)
  /// What the rows of a level held so many days ago.
  case growth(Place, days: Int)
  case facts(Subject)

  package enum Subject: Equatable, Sendable {
    case place(Place)
    /// An object of a bucket.
    case object(BucketAddress, Key)
  }
}

/// Columns and rows of a terminal.
package struct Size: Equatable, Sendable {
  package var columns: Int
  package var rows: Int

  package init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  /// The smallest screen that is of use.
  package static let least = Size(columns: 40, rows: 8)

  var isTooSmall: Bool { columns < Self.least.columns || rows < Self.least.rows }
}
