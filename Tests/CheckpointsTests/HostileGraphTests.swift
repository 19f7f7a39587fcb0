import Checkpoints
import Files
import Foundation
import Graphs
import Tensors
import Testing

/// Graphs whose numbers make no sense: each loads or is refused, none ends the process.
struct HostileGraphTests {
  /// One node of every operation, with `#` for each number in turn.
  private static let operations = [
    #"{"convolution":{"weight":"w","bias":"b","stride":{"height":1,"width":1},"padding":"#
      + #"{"top":0,"left":0,"bottom":0,"right":0},"groups":1}}"#,
    #"{"maxPool":{"kernel":{"height":1,"width":1},"stride":{"height":1,"width":1},"padding":"#
      + #"{"top":0,"left":0,"bottom":0,"right":0},"divisor":"window"}}"#,
    #"{"averagePool":{"kernel":{"height":1,"width":1},"stride":{"height":1,"width":1},"padding":"#
      + #"{"top":0,"left":0,"bottom":0,"right":0},"divisor":"inside"}}"#,
    #"{"pad":{"spatial":{"top":0,"left":0,"bottom":0,"right":0},"channelsBefore":0,"#
      + #""channelsAfter":0,"value":0}}"#,
    #"{"channelShuffle":{"groups":1}}"#, #"{"channelSlice":{"from":0,"to":1}}"#,
    #"{"normalize":{"mean":[0],"deviation":[1]}}"#, #"{"linear":{"weight":"w","bias":"b"}}"#,
    #"{"batchNormalization":{"weight":"b","bias":"b","mean":"b","variance":"b","epsilon":1}}"#,
    #"{"channelAffine":{"scale":"b","shift":"b"}}"#, #"{"concatenate":{}}"#, #"{"add":{}}"#,
    #"{"globalAveragePool":{}}"#, #"{"input":{}}"#,
  ]
  private static let extremes = [
    "0", "-1", "2", "65536", "4294967296", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "1e308", "1e999", "-0.5", "null",
  ]

  @Test(arguments: operations)
  func everyNumberMayBeExtreme(operation: String) throws {
    let scratch = try Scratch()
    let node = "{\"name\":\"n\",\"operation\":\(operation),\"inputs\":[0,0]}"
    let pieces = node.split(omittingEmptySubsequences: false) { $0.isNumber }
    let digits = node.filter(\.isNumber).map(String.init)
    var accepted = 0
    for gap in digits.indices {
      for value in [digits[gap]] + Self.extremes {
        var text = String(pieces[0])
        for (position, piece) in pieces.dropFirst().enumerated() {
          text += (position == gap ? value : digits[position]) + piece
        }
        for inputs in ["[0,0]", "[0]", "[\(value)]"] {
          let loads = try load(text.replacing("[0,0]", with: inputs), scratch)
          accepted += loads ? 1 : 0
        }
      }
    }
    // Unless the plain node loads, its extremes were refused for another reason.
    #expect(accepted > 0 || operation.contains("input"))
  }

  /// Whether a graph that ends in a node loads; only an error of the right kind may come out.
  private func load(_ node: String, _ scratch: Scratch) throws -> Bool {
    let path = scratch.path("graph.h5")
    let writer = try HDF5Writer(creating: path)
    try writer.setAttribute("input_shape", to: [1, 1, 1])
    try writer.setAttribute("input_mean", to: [Float(0)])
    try writer.setAttribute("input_std", to: [Float(1)])
    // The second node reads the parameter that not every operation needs.
    let start =
      #"{"name":"x","operation":{"input":{}},"inputs":[]},"#
      + #"{"name":"a","operation":{"channelAffine":{"scale":"b","shift":"b"}},"inputs":[0]}"#
    try writer.write("[\(start),\(node)]", to: "graph")
    try writer.write(Tensor(shape: [1], repeating: 1), to: "parameters/b")
    if node.contains("\"w\"") {
      let rank = node.contains("linear") ? 2 : 4
      try writer.write(Tensor(shape: [Int](repeating: 1, count: rank)), to: "parameters/w")
    }
    try writer.finish()
    do throws(FileError) {
      _ = try ModelReader.read(path)
      return true
    } catch {
      #expect(error.kind == .malformed && !error.description.contains("\n"), "\(error)")
      // That one logit is too few is seen last, when all else is sound.
      return error.place == "classes"
    }
  }
}
