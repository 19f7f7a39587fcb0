/// Any JSON value as text: scripts write numbers into provenance, and a report prints words.
struct JSONText: Decodable {
  let text: String

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let text = try? value.decode(String.self) {
      self.text = text
    } else if let truth = try? value.decode(Bool.self) {
      text = String(truth)
    } else if let number = try? value.decode(Int.self) {
      text = String(number)
    } else if let number = try? value.decode(Double.self) {
      text = String(number)
    } else if value.decodeNil() {
      text = ""
    } else if let list = try? value.decode([JSONText].self) {
      text = list.map(\.text).joined(separator: ", ")
    } else {
      text = try value.decode([String: JSONText].self)
        .sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }
        .joined(separator: ", ")
    }
  }
}
