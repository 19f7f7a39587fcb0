/// Reads the JSON files of a run so that one text has one meaning.
///
/// A name twice, a field that is not known, a number of another kind or out of bounds, nesting
/// without end: each is refused in one sentence, wherever a run's files are read.
public enum StrictJSON {
  /// What is done with a field that nobody asks for.
  public enum Strangers: Sendable {
    /// The file is refused.
    case refused
    /// It is left out, as in files of other versions of the program.
    case ignored
  }

  /// Reads a value.
  ///
  /// - Parameters:
  ///   - type: of the value.
  ///   - bytes: JSON text.
  ///   - path: of the file, for messages.
  ///   - place: the part of the file that the bytes are, for messages.
  ///   - strangers: what is done with unknown fields.
  /// - Returns: the value.
  /// - Throws: ``FileError`` naming the field, what is there and what was expected.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Collection<UInt8>, of path: String,
    place: String? = nil, strangers: Strangers = .refused
  ) throws(FileError) -> Value {
    let value = try self.value(of: bytes, path, place: place)
    do {
      return try StrictDecoder.decode(
        type, from: value, refusingStrangers: strangers == .refused)
    } catch let error as JSONProblem {
      throw FileError(path, error, in: place)
    } catch {
      throw FileError(path, place, problem: "cannot be understood: \(error)")
    }
  }

  /// Reads any value.
  ///
  /// - Parameters:
  ///   - bytes: JSON text.
  ///   - path: of the file, for messages.
  ///   - place: the part of the file that the bytes are, for messages.
  /// - Returns: the value.
  /// - Throws: ``FileError`` when it is no JSON or has a name twice.
  public static func value(
    of bytes: some Collection<UInt8>, _ path: String, place: String? = nil
  ) throws(FileError) -> JSONValue {
    do throws(JSONProblem) {
      return try JSONReader.read(ArraySlice(bytes))
    } catch {
      throw FileError(path, error, in: place)
    }
  }
}

extension FileError {
  fileprivate init(_ path: String, _ problem: JSONProblem, in place: String?) {
    let places = [place, problem.place.isEmpty ? nil : problem.place].compactMap { $0 }
    self.init(
      path, places.isEmpty ? nil : places.joined(separator: ", "), problem: problem.problem)
  }
}
