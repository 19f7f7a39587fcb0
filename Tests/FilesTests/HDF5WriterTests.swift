import Files
import Tensors
import Testing

struct HDF5WriterTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let scratch = try Scratch()
    let path = scratch.path("a.h5")
    let tensor = Tensor(shape: [2, 2], elements: [1.5, -0.0, .infinity, Float(bitPattern: 1)])
    let writer = try HDF5Writer(creating: path)
    try writer.write(tensor, to: "deep/down/tensor")
    try writer.write([1, 2, 255] as [UInt8], shape: [3], to: "deep/bytes")
    try writer.write([Int64.min, 7], shape: [2], to: "numbers")
    try writer.write("{\"é\": 1}", to: "text")
    try writer.write(["one", ""], to: "texts")
    try writer.setAttribute("name", to: "value")
    try writer.setAttribute("shape", to: [3, 32, 32])
    try writer.setAttribute("version", of: "deep", to: 1)
    try writer.setAttribute("mean", to: [Float(0.1)])
    try writer.finish()

    let file = try HDF5File(reading: path)
    let read = try file.tensor("deep/down/tensor")
    #expect(read.elements.map(\.bitPattern) == tensor.elements.map(\.bitPattern))
    #expect(try file.bytes("deep/bytes") == [1, 2, 255])
    #expect(try file.integers("numbers") == [.min, 7])
    #expect(try file.strings("text") == ["{\"é\": 1}"])
    #expect(try file.strings("texts") == ["one", ""])
    #expect(try file.string(attribute: "name") == "value")
    #expect(try file.integers(attribute: "shape") == [3, 32, 32])
    #expect(try file.integers(attribute: "version", of: "deep") == [1])
    #expect(try file.floats(attribute: "mean") == [0.1])
    #expect(try scratch.contents == ["a.h5"])
  }

  /// Bit patterns of IEEE 754's half precision, as NumPy's `float16` rounds: halfway to even,
  /// subnormal numbers, the largest one, and what is beyond it.
  @Test func halfPrecisionIsRoundedToNearest() throws {
    let scratch = try Scratch()
    let path = scratch.path("half.h5")
    let numbers: [Float] = [
      1, 0.1, -2.0004883, 2049, 2051, 5.9604645e-8, 2.9e-8, 65504, 65520, -0.0,
    ]
    let expected: [Float] = [
      1, 0.099975586, -2, 2048, 2052, 5.9604645e-8, 0, 65504, .infinity, -0.0,
    ]
    let tensor = Tensor(shape: [2, 5], elements: numbers)
    let writer = try HDF5Writer(creating: path)
    try writer.writeHalf(tensor, to: "a/half")
    try writer.write(tensor, to: "a/single")
    try writer.finish()
    let read = try HDF5File(reading: path).tensor("a/half")
    #expect(read.shape == [2, 5])
    #expect(read.elements.map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(FloatStorage.half.rounded(tensor) == read)
    #expect(FloatStorage.single.rounded(tensor) == tensor)
  }

  @Test func rowsAreAppended() throws {
    let scratch = try Scratch()
    let path = scratch.path("rows.h5")
    let writer = try HDF5Writer(creating: path)
    var rows = try writer.startRows("images", of: [1, 2])
    try writer.append(Tensor(shape: [2, 1, 2], elements: [1, 2, 3, 4]), to: &rows)
    try writer.append(Tensor(shape: [0, 1, 2]), to: &rows)
    try writer.append(Tensor(shape: [1, 1, 2], elements: [5, 6]), to: &rows)
    try writer.finish()
    #expect(rows.count == 3)
    let file = try HDF5File(reading: path)
    #expect(try file.tensor("images").shape == [3, 1, 2])
    #expect(try file.tensor("images").elements == [1, 2, 3, 4, 5, 6])
    #expect(try file.tensor("images", rows: 1..<2).elements == [3, 4])
  }

  @Test func anUnfinishedFileLeavesNothing() throws {
    let scratch = try Scratch()
    do {
      let writer = try HDF5Writer(creating: scratch.path("a.h5"))
      try writer.write("text", to: "text")
    }
    #expect(try scratch.contents == [])
  }

  @Test func theSameCallsGiveTheSameBytes() throws {
    let scratch = try Scratch()
    for name in ["a.h5", "b.h5"] {
      let writer = try HDF5Writer(creating: scratch.path(name))
      try writer.write(Tensor(shape: [3], elements: [1, 2, 3]), to: "group/data")
      try writer.setAttribute("name", to: "value")
      try writer.finish()
    }
    #expect(
      try FileContents.read(scratch.path("a.h5")) == FileContents.read(scratch.path("b.h5")))
  }

  @Test func unwritablePlacesAreNamed() throws {
    let scratch = try Scratch()
    let path = scratch.path("absent/a.h5")
    let error = try #require(throws: FileError.self) { _ = try HDF5Writer(creating: path) }
    #expect(error.kind == .unwritable && error.path == path && error.exitCode == 74)
    let writer = try HDF5Writer(creating: scratch.path("b.h5"))
    try writer.write("first", to: "name")
    #expect(throws: FileError.self) { try writer.write("second", to: "name") }
  }
}
