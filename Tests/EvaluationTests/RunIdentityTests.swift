import Evaluation
import Files
import Foundation
import Testing

/// That no setting is forgotten when it is asked whether two runs are the same.
@Suite struct RunIdentityTests {
  /// Settings of which no field is absent.
  private static func full() throws -> RunSettings {
    var settings = try RunSettings.example()
    settings.datasetNote = "a sample"
    settings.autoAttackVersion = "standard"
    settings.rounding = ["AVX-512", "no Winograd"]
    settings.notes = ["said"]
    settings.weights = "ema"
    settings.radii = try Epsilon.list("4/255,8/255", refusingAboveOne: true)
    return try settings.part(Shard("0/1"))
  }

  /// A field that is added later must be encoded, and be filled in above.
  @Test func everyFieldIsEncoded() throws {
    let settings = try Self.full()
    let json = try JSONSerialization.jsonObject(with: Data(jsonText(of: settings).utf8))
    let object = try #require(json as? [String: Any])
    let derived: Set = ["format", "eps", "eps_value"]
    #expect(derived.isSubset(of: object.keys))
    #expect(object.count - derived.count == Mirror(reflecting: settings).children.count)
  }

  @Test func aChangeOfAnyEncodedFieldIsADifferenceUnlessItIsAnException() throws {
    let settings = try Self.full()
    let json = try JSONSerialization.jsonObject(with: Data(jsonText(of: settings).utf8))
    let object = try #require(json as? [String: Any])
    for (field, value) in object {
      var changed = object
      guard let newValue = Self.changed(value) else {
        Issue.record("\(field) is of a kind that this test cannot change")
        continue
      }
      changed[field] = newValue
      let bytes = try JSONSerialization.data(withJSONObject: changed)
      if ["format", "eps", "eps_value", "radii"].contains(field) {
        // One of them alone contradicts the others.
        #expect(throws: DecodingError.self, "\(field)") {
          try JSONDecoder().decode(RunSettings.self, from: bytes)
        }
        continue
      }
      let other = try JSONDecoder().decode(RunSettings.self, from: bytes)
      let isException = RunSettings.fieldsThatDecideNothing[field] != nil
      #expect((other.difference(from: settings) == nil) == isException, "\(field)")
    }
  }

  private static func changed(_ value: Any) -> Any? {
    switch value {
    case "Linf" as String: "L2"
    case "0/1" as String: "0/2"
    case let text as String: text + "x"
    case let number as Double: number + 1
    case let list as [Any]: Array(list.dropLast()) + [changed(list[list.count - 1]) ?? "changed"]
    case let object as [String: Any]: object.mapValues { changed($0) ?? "changed" }
    default: nil
    }
  }

  @Test func theSameWeightsAsAnotherArchitectureAreAnotherRun() throws {
    var settings = try RunSettings.example()
    let known = settings
    settings.architecture = "bss-resnet14"
    #expect(
      settings.difference(from: known) == "architecture is resnet8 there and bss-resnet14 here")
  }

  /// What ledgers of before the field was recorded say of rounding stands among their notes.
  @Test func olderRunsAreComparedByTheirNotes() throws {
    var older = try RunSettings.example()
    older.notes = ["Winograd in 3 of 9 convolutions", "apgd-t: fewer targets"]
    var settings = older
    settings.rounding = ["AVX-512", "Winograd in 3 of 9 convolutions"]
    #expect(settings.difference(from: older) == nil)
    #expect(older.difference(from: settings) == nil)
    settings.rounding = ["AVX2", "Winograd in 0 of 9 convolutions"]
    settings.notes[0] = "Winograd in 0 of 9 convolutions"
    #expect(settings.difference(from: older)?.contains("the notes on rounding") == true)
  }

  @Test func anotherInstructionSetIsAnotherRun() throws {
    var settings = try RunSettings.example()
    settings.rounding = ["AVX-512", "no Winograd"]
    let known = settings
    settings.rounding = ["AVX2", "no Winograd"]
    let text = settings.difference(from: known) ?? ""
    #expect(text.contains("AVX-512, no Winograd there and AVX2, no Winograd here"))
  }
}
