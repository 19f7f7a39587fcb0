internal import Tensors

/// The value of an attack's setting in a list; a list must give one of the same kind.
enum AttackSetting: Hashable, Sendable {
  /// A whole number from 1 to a thousand million.
  case count(Int)
  /// A positive number.
  case number(Float)
  /// A positive number, or nil for the word that stands for a choice by the data.
  case numberOr(word: String, Float?)
  /// A step size.
  case step(StepSize)
  /// One of several words.
  case word(String, of: [String])

  /// The value a list gives in place of this one.
  func replaced(by text: String, at place: String) throws(AttackError) -> AttackSetting {
    switch self {
    case .count:
      // Attacks multiply such numbers, which must not overflow.
      if let count = Int(text), (1...1_000_000_000).contains(count) { return .count(count) }
      throw AttackError(
        place: place, problem: "expected a whole number from 1 to 1000000000, got “\(text)”")
    case .number:
      if let number = Float(fraction: text), number > 0 { return .number(number) }
      throw AttackError(
        place: place, problem: "expected a positive number such as 2/255, got “\(text)”")
    case .numberOr(let word, _):
      if text == word { return .numberOr(word: word, nil) }
      if let number = Float(fraction: text), number > 0 {
        return .numberOr(word: word, number)
      }
      throw AttackError(
        place: place, problem: "expected a positive number or \(word), got “\(text)”")
    case .step:
      if let step = StepSize(text) { return .step(step) }
      throw AttackError(
        place: place, problem: "expected a positive number such as 2/255 or eps/4, got “\(text)”")
    case .word(_, let words):
      if words.contains(text) { return .word(text, of: words) }
      throw AttackError(
        place: place,
        problem: "expected one of \(words.joined(separator: ", ")), got “\(text)”")
    }
  }

  /// The text that is read as this value.
  var text: String {
    switch self {
    case .count(let count): "\(count)"
    case .number(let number): "\(number)"
    case .numberOr(let word, let number): number.map { "\($0)" } ?? word
    case .step(let step): "\(step)"
    case .word(let word, _): word
    }
  }

  /// A choice among an enumeration's cases.
  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ choice: Choice
  ) -> AttackSetting {
    .word(choice.rawValue, of: Choice.allCases.map(\.rawValue))
  }
}

extension [String: AttackSetting] {
  func count(_ name: String) -> Int {
    guard case .count(let count) = self[name] else {
      preconditionFailure("the recipe has no count \(name)")
    }
    return count
  }

  func number(_ name: String) -> Float {
    guard case .number(let number) = self[name] else {
      preconditionFailure("the recipe has no number \(name)")
    }
    return number
  }

  func optionalNumber(_ name: String) -> Float? {
    guard case .numberOr(_, let number) = self[name] else {
      preconditionFailure("the recipe has no number or word \(name)")
    }
    return number
  }

  func step(_ name: String) -> StepSize {
    guard case .step(let step) = self[name] else {
      preconditionFailure("the recipe has no step size \(name)")
    }
    return step
  }

  func choice<Choice: RawRepresentable<String>>(_ name: String) -> Choice {
    guard case .word(let word, _) = self[name], let choice = Choice(rawValue: word) else {
      preconditionFailure("the recipe has no such choice \(name)")
    }
    return choice
  }
}
