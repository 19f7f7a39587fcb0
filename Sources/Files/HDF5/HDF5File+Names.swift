extension HDF5File {
  /// Names as deep as this are read; those of networks have a handful of parts.
  static var deepestName: Int { 64 }
  /// What a name counts among the bytes that a file may unpack to: some microseconds each.
  static var bytesPerName: Int { 4096 }

  /// What a walk through groups does next.
  private enum Step {
    case enter(name: String, address: UInt64, depth: Int)
    case leave(address: UInt64)
  }

  /// The full names of all datasets below a group, depth first.
  ///
  /// What has several names is listed under each, as if it had been copied.
  ///
  /// - Parameter group: where to start.
  /// - Returns: names from the root, without a leading slash; none where there is no such group.
  /// - Throws: ``FileError`` when groups hold themselves, are nested too deeply or have too many
  ///   names, or names lead outside the file.
  public func datasets(under group: String = "/") throws(FileError) -> [String] {
    guard let start = try objectIfPresent(group) else { return [] }
    var found: [String] = []
    // The groups that are being listed: one that comes again holds itself.
    var listed: Set<UInt64> = []
    var pending: [Step] = [.enter(name: group.trimmingSlashes, address: start.address, depth: 0)]
    while let step = pending.popLast() {
      guard case .enter(let name, let address, let depth) = step else {
        if case .leave(let address) = step { listed.remove(address) }
        continue
      }
      try source.spend(Self.bytesPerName, name)
      let object = try memory.object(source, at: address, name)
      switch object.kind {
      case .group:
        guard listed.insert(address).inserted else {
          throw error(name, "is a group that holds itself; copy what it holds to where it is once")
        }
        pending.append(.leave(address: address))
        pending += try steps(into: object, name, depth)
      case .dataset:
        memory.remember(address, as: name)
        found.append(name)
      case .other: continue
      }
    }
    return found
  }

  private func steps(
    into object: HDF5Object, _ group: String, _ depth: Int
  ) throws(FileError) -> [Step] {
    guard depth < Self.deepestName else { throw tooDeep(group) }
    let prefix = group.isEmpty ? "" : group + "/"
    var steps: [Step] = []
    for link in try memory.links(source, of: object).links.reversed() {
      let name = prefix + link.name
      steps.append(
        .enter(name: name, address: try address(of: link, name, in: group), depth: depth + 1))
    }
    return steps
  }
}
