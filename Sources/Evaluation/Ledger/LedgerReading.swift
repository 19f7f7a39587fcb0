internal import Files
internal import Foundation

/// What stands in a ledger: the lines that can be relied on, and what is wrong with the others.
struct LedgerReading: Sendable {
  /// A line that counts.
  struct Line: Hashable, Sendable {
    var entry: LedgerEntry
    /// Its place in the file, from 1, for messages.
    var place: Int
  }

  /// A line that does not count.
  struct Damage: Hashable, Sendable {
    /// Its place in the file, from 1.
    var place: Int
    /// What is wrong with it, as a clause.
    var problem: String
  }

  /// The lines that count, in the order in which they were written.
  private(set) var lines: [Line] = []
  /// Those that do not, in the order of the file.
  private(set) var damage: [Damage] = []
  /// Whether its lines have checksums; those of runs from before have none.
  private(set) var hasSums = true
  private let unreadable: Int
  /// How many bytes its whole lines take; what follows is torn.
  let wholeBytes: Int

  /// The entries that count.
  var entries: [LedgerEntry] { lines.map(\.entry) }

  /// Reads a ledger.
  ///
  /// - Parameters:
  ///   - bytes: of the file.
  ///   - settings: of the run; nil to leave open which images and attacks it has.
  init(_ bytes: [UInt8], of settings: RunSettings?) {
    wholeBytes = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let texts = bytes[..<wholeBytes].split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).dropLast()
    let read = texts.map { LedgerLine($0) }
    unreadable = read.count { $0 == nil }
    // Without one checksum it is of a run from before there were any; with one all lines need it.
    hasSums = read.contains { $0?.number != nil } || read.allSatisfy { $0 == nil }
    var found: [(number: Int, line: Line)] = []
    for (position, line) in read.enumerated() {
      if let line, (line.number != nil) == hasSums {
        let entry = settings.map(line.entry.completed) ?? line.entry
        found.append((line.number ?? position, Line(entry: entry, place: position + 1)))
      } else {
        damage.append(Damage(place: position + 1, problem: "is damaged"))
      }
    }
    keepOnce(found)
    if !hasSums { checkRecordsWithoutSums() }
    if let settings { keepSequences(of: settings) }
    damage.sort { $0.place < $1.place }
  }

  /// Puts lines in the order of their numbers, drops copies and looks for what is missing.
  private mutating func keepOnce(_ found: [(number: Int, line: Line)]) {
    var numbers: [Int] = []
    for next in found.sorted(by: { ($0.number, $0.line.place) < ($1.number, $1.line.place) }) {
      if numbers.last == next.number {
        let first = lines[lines.count - 1].place
        damage.append(Damage(place: next.line.place, problem: "is a copy of line \(first)"))
        continue
      }
      if let last = lines.last, last.place > next.line.place {
        damage.append(Damage(place: next.line.place, problem: "stands before earlier ones"))
      }
      numbers.append(next.number)
      lines.append(next.line)
    }
    guard hasSums, let last = numbers.last else { return }
    // Damaged lines stand where some of them were.
    let lost = last + 1 - numbers.count - unreadable
    if lost > 0 {
      damage.append(
        Damage(
          place: lines[lines.count - 1].place,
          problem: "was line \(last + 1) when it was written, so that \(lost) before it are missing"
        ))
    }
  }

  /// Without checksums, the records of images are numbered in the order of the lines, so that a
  /// number that is another one belongs to another image.
  private mutating func checkRecordsWithoutSums() {
    var bad: Set<Int> = []
    for key in [\LedgerEntry.record, \LedgerEntry.boundaryRecord] {
      var expected = 0
      for (position, line) in lines.enumerated() {
        guard let record = line.entry[keyPath: key] else { continue }
        let lost = damage.count { $0.place < line.place }
        if (0...lost).contains(record - expected) {
          expected = record + 1
        } else {
          bad.insert(position)
          damage.append(
            Damage(
              place: line.place,
              problem: "has record \(record), expected \(expected): it is another image's"))
          // A number that was given already takes no other's place.
          if record > expected { expected += 1 }
        }
      }
    }
    lines = lines.enumerated().filter { !bad.contains($0.offset) }.map(\.element)
  }

  /// Keeps of every image the lines up to the first that cannot follow those before it.
  private mutating func keepSequences(of settings: RunSettings) {
    let steps = [LedgerEntry.clean] + settings.steps
    let asked = Set(settings.indices)
    var kept: [Int: [Line]] = [:]
    var broken: Set<Int> = []
    lines = lines.filter { line in
      let entry = line.entry
      let own = kept[entry.index] ?? []
      guard asked.contains(entry.index) else {
        damage.append(
          Damage(place: line.place, problem: "is of image \(entry.index), which is not the run's"))
        return false
      }
      if own.contains(where: { $0.entry == entry }) {
        damage.append(
          Damage(place: line.place, problem: "tells what another line of image \(entry.index) told")
        )
        return false
      }
      if broken.contains(entry.index) { return false }
      let isOver = own.last.map { [.wrong, .fooled].contains($0.entry.outcome) } ?? false
      guard !isOver, own.count < steps.count, entry.step == steps[own.count],
        entry.fits(own.first?.entry)
      else {
        broken.insert(entry.index)
        let expected = isOver || own.count == steps.count ? "nothing" : steps[own.count]
        damage.append(
          Damage(
            place: line.place,
            problem: "is \(entry.step) of image \(entry.index), where \(expected) follows"))
        return false
      }
      kept[entry.index, default: []].append(line)
      return true
    }
  }

  /// Drops an image's line, and those that follow it, because of what it refers to.
  mutating func drop(_ line: Line, because problem: String) {
    damage.append(Damage(place: line.place, problem: problem))
    damage.sort { $0.place < $1.place }
    guard let position = lines.firstIndex(of: line) else { return }
    lines = lines[..<position] + lines[position...].filter { $0.entry.index != line.entry.index }
  }

  /// Completes what a line tells.
  mutating func replace(_ line: Line, by entry: LedgerEntry) {
    guard let position = lines.firstIndex(of: line) else { return }
    lines[position].entry = entry
  }
}

extension RunSettings {
  /// The names of the steps after the clean pass, as the ledger has them for every image.
  var steps: [String] {
    radii.flatMap { radius in
      attacks.map { LedgerEntry.step(of: $0.name, within: radius.text) }
    }
  }
}

extension LedgerEntry {
  /// Whether an entry can be of the image of which the clean pass tells; nil before that pass.
  fileprivate func fits(_ clean: LedgerEntry?) -> Bool {
    guard let clean else { return attack == Self.clean && [.correct, .wrong].contains(outcome) }
    return attack != Self.clean && label == clean.label
      && [.fooled, .survived, .rejected].contains(outcome)
  }
}
