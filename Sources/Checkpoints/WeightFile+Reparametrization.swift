import Files
import Graphs
import Tensors

/// Weights that a file keeps in parts: as direction and length, as matrix and singular vectors, or
/// with a mask.
extension WeightFile {
  /// Puts such weights together, as the network that was saved computes with them.
  ///
  /// Sources: T. Salimans & D. P. Kingma, *Weight normalization*, 2016, w = g·v/‖v‖; T. Miyato et al.,
  /// *Spectral normalization*, 2018, w / uᵀWv with the vectors as saved; `torch.nn.utils.prune`,
  /// w · mask. Names are those of PyTorch's hooks and of its parametrisations.
  ///
  /// - Parameter path: the file.
  /// - Returns: what was put together, in words for the reader; empty where nothing was.
  /// - Throws: ``FileError`` when parts do not fit each other.
  mutating func joinParts(_ path: String) throws(FileError) -> [String] {
    var values = Dictionary(
      tensors.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    var joined: [String: (whole: String, tensor: Tensor)] = [:]
    var used: Set<String> = []
    var counts = Parts.Kind.allCases.map { (kind: $0, count: 0) }
    for (name, _) in tensors {
      for parts in Parts.possible(for: name) where values[parts.whole] == nil {
        let names = parts.names
        let found = names.compactMap { values[$0] }
        guard found.count == names.count else { continue }
        guard let weight = parts.kind.joined(found) else {
          throw FileError(
            path, name,
            problem:
              "\(zip(names, found).map { "\($0) \($1.shape.crossed)" }.joined(separator: ", ")) "
              + "do not fit each other as parts of \(parts.whole); save the weights after "
              + "\(parts.kind.remedy)")
        }
        joined[name] = (parts.whole, weight)
        values[parts.whole] = weight
        used.formUnion(names)
        counts[parts.kind.rawValue].count += 1
        break
      }
    }
    if joined.isEmpty { return [] }
    tensors = tensors.compactMap { name, tensor in
      if let whole = joined[name] { return (whole.whole, whole.tensor) }
      return used.contains(name) ? nil : (name, tensor)
    }
    return counts.filter { $0.count > 0 }.map { kind, count in
      "put the parts of \(counted(count, "weight")) together (\(kind.words))"
    }
  }
}

/// One weight in parts; the first part stands for the whole.
private struct Parts {
  enum Kind: Int, CaseIterable {
    case direction
    case spectrum
    case mask

    var words: String {
      switch self {
      case .direction: "weight_norm"
      case .spectrum: "spectral_norm"
      case .mask: "pruning masks"
      }
    }

    var remedy: String {
      switch self {
      case .direction: "torch.nn.utils.parametrize.remove_parametrizations or remove_weight_norm"
      case .spectrum: "torch.nn.utils.parametrize.remove_parametrizations or remove_spectral_norm"
      case .mask: "torch.nn.utils.prune.remove"
      }
    }

    /// The weight; nil where the parts do not fit.
    func joined(_ parts: [Tensor]) -> Tensor? {
      switch self {
      case .direction: Self.scaled(parts[0], lengths: parts[1])
      case .spectrum: Self.divided(parts[0], left: parts[1], right: parts[2])
      case .mask: Self.masked(parts[0], by: parts[1])
      }
    }

    /// g · v / ‖v‖, the norm over all axes but that of g.
    private static func scaled(_ v: Tensor, lengths g: Tensor) -> Tensor? {
      let axes = g.shape.indices.filter { g.shape[$0] != 1 }
      guard g.count == 1 || (axes.count == 1 && g.shape.count == v.shape.count), v.count > 0,
        g.count == 1 || g.shape[axes[0]] == v.shape[axes[0]]
      else { return nil }
      // Within a block of the axis every element has the same length.
      let inner = axes.isEmpty ? v.count : v.shape[(axes[0] + 1)...].reduce(1, *)
      var squares = [Double](repeating: 0, count: g.count)
      for position in 0..<v.count {
        squares[position / inner % g.count] += Double(v[position]) * Double(v[position])
      }
      var weight = v
      for position in 0..<v.count {
        let row = position / inner % g.count
        weight[position] = Float(Double(g[row]) * Double(v[position]) / squares[row].squareRoot())
      }
      return weight
    }

    /// W / uᵀWv, W seen as a matrix with one row an element of u.
    private static func divided(_ weight: Tensor, left u: Tensor, right v: Tensor) -> Tensor? {
      guard u.shape.count == 1, v.shape.count == 1, u.count > 0,
        let axis = weight.shape.indices.first(where: {
          weight.shape[$0] == u.count && weight.count / u.count == v.count
        })
      else { return nil }
      let inner = weight.shape[(axis + 1)...].reduce(1, *)
      var sigma = 0.0
      for position in 0..<weight.count {
        // The column counts the other axes in their order.
        let column = position / (inner * u.count) * inner + position % inner
        let row = position / inner % u.count
        sigma += Double(u[row]) * Double(weight[position]) * Double(v[column])
      }
      var result = weight
      for position in 0..<weight.count {
        result[position] = Float(Double(weight[position]) / sigma)
      }
      return result
    }

    private static func masked(_ weight: Tensor, by mask: Tensor) -> Tensor? {
      guard weight.shape == mask.shape else { return nil }
      var result = weight
      for position in 0..<weight.count { result[position] *= mask[position] }
      return result
    }
  }

  var kind: Kind
  var whole: String
  /// The first stands where the whole will.
  var names: [String]

  /// What a name may be the first part of.
  static func possible(for name: String) -> [Parts] {
    var found: [Parts] = []
    func stem(_ ending: String) -> String? {
      name.hasSuffix(ending) ? String(name.dropLast(ending.count)) : nil
    }
    if let stem = stem("_v") {
      found.append(Parts(kind: .direction, whole: stem, names: [name, stem + "_g"]))
    }
    if let stem = stem("_orig") {
      found.append(Parts(kind: .mask, whole: stem, names: [name, stem + "_mask"]))
      found.append(
        Parts(kind: .spectrum, whole: stem, names: [name, stem + "_u", stem + "_v"]))
    }
    let marker = "parametrizations."
    guard let place = name.firstRange(of: marker) else { return found }
    let owner = String(name[..<place.lowerBound])
    let words = name[place.upperBound...].split(separator: ".").map(String.init)
    guard words.count == 2 else { return found }
    let inside = owner + marker + words[0]
    if words[1] == "original1" {
      found.append(
        Parts(
          kind: .direction, whole: owner + words[0], names: [name, inside + ".original0"]))
    }
    if words[1] == "original" {
      found.append(
        Parts(
          kind: .spectrum, whole: owner + words[0],
          names: [name, inside + ".0._u", inside + ".0._v"]))
    }
    return found
  }
}
