import Files
import FoundationEssentials
import Graphs

/// A model's layers in an order in which each comes after its inputs.
struct KerasModel {
  private(set) var layers: [KerasLayer] = []
  /// The name of the layer that gives the model's output.
  private(set) var output = ""

  private static let mostLayers = 4096
  private let path: String

  /// Reads the description of a model.
  ///
  /// - Parameters:
  ///   - json: what a file has as `model_config`.
  ///   - path: the file, for messages.
  /// - Throws: ``FileError`` when it is no sequence or acyclic graph of layers.
  init(json: String, path: String) throws(FileError) {
    self.path = path
    guard json.utf8.count <= Checkpoint.longestGraph else {
      throw FileError(
        path, "model_config", problem: "has \(json.utf8.count) bytes; that is no model")
    }
    let root: JSONValue
    do {
      root = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
    } catch {
      throw FileError(path, "model_config", problem: "is no JSON (\(error.cause))")
    }
    let found = try Self.layers(of: root, Scope(), path)
    layers = found.layers
    output = found.output
    guard layers.count <= Self.mostLayers else {
      throw FileError(path, "model_config", problem: "has \(layers.count) layers; no model has")
    }
  }

  /// Where a model stands in the one that holds it.
  private struct Scope {
    var names: [String] = []
    var places: [String] = []

    /// The name of a layer in the whole.
    func full(_ name: String) -> String { (names + [name]).joined(separator: "/") }
  }

  private static let deepestModel = 8

  /// The layers of a model, those of models inside of it in their place.
  private static func layers(
    of root: JSONValue, _ scope: Scope, _ path: String
  ) throws(FileError) -> (layers: [KerasLayer], output: String) {
    let config = root["config"]
    guard let descriptions = config?["layers"]?.list ?? config?.list,
      (1...mostLayers).contains(descriptions.count)
    else {
      throw FileError(
        path, "model_config", problem: "lists no layers; save the model with model.save(\"x.h5\")")
    }
    guard scope.names.count <= deepestModel else {
      throw FileError(path, "model_config", problem: "has models nested too deeply")
    }
    var found: [KerasLayer] = []
    for description in descriptions { found.append(try layer(description, path)) }
    number(&found, scope)
    let nested = Dictionary(
      zip(found.map(\.name), descriptions), uniquingKeysWith: { first, _ in first })
    let kind = root["class_name"]?.text ?? ""
    var output: String
    switch kind {
    case "Sequential":
      for position in found.indices.dropFirst() {
        found[position].inputs = [found[position - 1].name]
      }
      found = try withInput(found, path)
      output = found.last?.name ?? ""
    case "Functional", "Model":
      for (position, description) in descriptions.enumerated() {
        found[position].inputs = try inputs(of: found[position], description)
      }
      output = try Self.output(config, path)
      found = try sorted(found, path)
    default:
      throw FileError(
        path, "model_config", problem: "describes a \(kind); Sequential and Functional are read")
    }
    return try flattened(found, nested, output: output, scope, path)
  }

  /// Puts the layers of models inside of a model in their place, and gives all their full names.
  private static func flattened(
    _ found: [KerasLayer], _ descriptions: [String: JSONValue], output: String, _ scope: Scope,
    _ path: String
  ) throws(FileError) -> (layers: [KerasLayer], output: String) {
    // What stands for a layer that is a model, or the input of one.
    var aliases: [String: String] = [:]
    func resolved(_ name: String) -> String { aliases[name] ?? name }
    var layers: [KerasLayer] = []
    for var layer in found {
      let inputs = layer.inputs.map { resolved(scope.full($0)) }
      guard ["Sequential", "Functional", "Model"].contains(layer.kind),
        let description = descriptions[layer.name]
      else {
        layer.ownName = layer.name
        layer.name = scope.full(layer.name)
        layer.scope = scope.names
        layer.inputs = inputs
        layers.append(layer)
        continue
      }
      let inside = try Self.layers(
        of: description,
        Scope(names: scope.names + [layer.name], places: layer.places), path)
      let starts = inside.layers.filter { $0.kind == "InputLayer" }
      try layer.expect(
        starts.count == 1 && inputs.count == 1,
        "is a model with \(starts.count) inputs; one is read")
      aliases[starts[0].name] = inputs[0]
      for var part in inside.layers where part.kind != "InputLayer" {
        part.inputs = part.inputs.map(resolved)
        layers.append(part)
      }
      aliases[scope.full(layer.name)] = resolved(inside.output)
    }
    return (layers, resolved(scope.full(output)))
  }

  /// Says what layers are called by their classes, as files of Keras 3 call them.
  private static func number(_ layers: inout [KerasLayer], _ scope: Scope) {
    var counts: [String: Int] = [:]
    for position in layers.indices {
      let word = snake(layers[position].kind)
      let count = counts[word, default: 0]
      counts[word] = count + 1
      layers[position].places = scope.places + [count == 0 ? word : "\(word)_\(count)"]
    }
  }

  /// `BatchNormalization` as `batch_normalization`.
  private static func snake(_ name: String) -> String {
    let letters = Array(name)
    var result = ""
    for (position, letter) in letters.enumerated() {
      let isFirstOfWord =
        position + 1 < letters.count && letters[position + 1].isLowercase
        || position > 0 && letters[position - 1].isLowercase
      if position > 0, letter.isUppercase, isFirstOfWord { result += "_" }
      result += letter.lowercased()
    }
    return result
  }

  private static func layer(_ description: JSONValue, _ path: String) throws(FileError)
    -> KerasLayer
  {
    guard let kind = description["class_name"]?.text, let config = description["config"],
      let name = config["name"]?.text ?? description["name"]?.text
    else {
      throw FileError(path, "model_config", problem: "has a layer without class, name or config")
    }
    return KerasLayer(name: name, kind: kind, config: config, inputs: [], path: path)
  }

  /// A sequence whose first layer states the shape of the image gets an input of its own.
  private static func withInput(
    _ layers: [KerasLayer], _ path: String
  ) throws(FileError) -> [KerasLayer] {
    guard var first = layers.first, first.kind != "InputLayer" else { return layers }
    var name = "input"
    while layers.contains(where: { $0.name == name }) { name += "_" }
    let input = KerasLayer(
      name: name, kind: "InputLayer", config: first.config, inputs: [], path: path)
    first.inputs = [name]
    return [input, first] + layers.dropFirst()
  }

  // MARK: Connections

  private static func inputs(
    of layer: KerasLayer, _ description: JSONValue
  ) throws(FileError) -> [String] {
    let calls = description["inbound_nodes"]?.list ?? []
    if layer.kind == "InputLayer" { return [] }
    try layer.expect(
      calls.count == 1,
      "is called \(calls.count) times; a layer that is used once only is read")
    var names: [String] = []
    collectReferences(in: calls[0], into: &names)
    try layer.expect(!names.isEmpty, "reads no layer")
    return names
  }

  /// Finds `["name", 0, 0, {}]` and, in newer files, objects with a `keras_history`.
  private static func collectReferences(in value: JSONValue, into names: inout [String]) {
    switch value {
    case .list(let list):
      if let name = reference(list) {
        names.append(name)
      } else {
        for element in list { collectReferences(in: element, into: &names) }
      }
    case .object:
      if let history = value["config"]?["keras_history"]?.list, let name = reference(history) {
        names.append(name)
      } else if let arguments = value["args"] {
        collectReferences(in: arguments, into: &names)
      }
    case .null, .truth, .number, .text: break
    }
  }

  /// The layer of a reference to the first output of its first call.
  private static func reference(_ list: [JSONValue]) -> String? {
    guard list.count >= 3, let name = list[0].text, list[1].integer == 0, list[2].integer == 0
    else { return nil }
    return name
  }

  private static func output(_ config: JSONValue?, _ path: String) throws(FileError) -> String {
    var names: [String] = []
    if let outputs = config?["output_layers"] { collectReferences(in: outputs, into: &names) }
    guard names.count == 1 else {
      throw FileError(
        path, "output_layers", problem: "names \(names.count) outputs; a classifier has one")
    }
    return names[0]
  }

  /// The layers in an order of computation.
  private static func sorted(
    _ layers: [KerasLayer], _ path: String
  ) throws(FileError) -> [KerasLayer] {
    var sorted: [KerasLayer] = []
    var known: Set<String> = []
    var pending = layers
    while !pending.isEmpty {
      let before = sorted.count
      var waiting: [KerasLayer] = []
      for layer in pending {
        if layer.inputs.allSatisfy(known.contains) {
          known.insert(layer.name)
          sorted.append(layer)
        } else {
          waiting.append(layer)
        }
      }
      guard sorted.count > before else {
        throw waiting[0].error("reads layers that are missing or read it themselves")
      }
      pending = waiting
    }
    return sorted
  }
}
