import CHDF5

/// An HDF5 file open for reading, which may be hostile.
///
/// Only hard links are followed, so nothing outside the file is opened. Every size is compared with
/// the size of the file before memory is taken.
public struct HDF5File: ~Copyable, Sendable {
  /// What a name stands for.
  public enum Kind: Hashable, Sendable {
    /// A folder of further names.
    case group
    /// An array.
    case dataset
    /// A named type or something newer.
    case other
  }

  /// The file.
  public let path: String
  /// Its size in bytes.
  public let size: Int
  let id: hid_t

  /// Opens a file.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``FileError`` when it is missing or not HDF5.
  ///
  /// Calls `H5Fopen`.
  public init(reading path: String) throws(FileError) {
    let size = try FileContents.size(of: path)
    id = try HDF5Library.locked { () throws(FileError) -> hid_t in
      guard let access = HDF5Handle(H5Pcreate(chdf5_file_access()), closedBy: H5Pclose) else {
        throw FileError(path, problem: "HDF5 cannot start")
      }
      _ = chdf5_without_file_locks(access.id)
      H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG)
      let file = H5Fopen(path, chdf5_read_only(), access.id)
      guard file >= 0 else {
        throw FileError(path, problem: "is not an HDF5 file, or is damaged or cut off")
      }
      return file
    }
    self.path = path
    self.size = size
  }

  deinit {
    let id = id
    HDF5Library.locked { _ = H5Fclose(id) }
  }

  /// No array may claim more bytes than this, whatever its compression.
  public var largestArray: Int { 4 * size + 1 << 26 }

  /// What a name stands for.
  ///
  /// - Parameter name: names separated by slashes, from the root.
  /// - Returns: nil when there is no such name.
  /// - Throws: ``FileError`` when a link on the way leads elsewhere or nowhere.
  ///
  /// Calls `H5Oopen`.
  public func kind(of name: String) throws(FileError) -> Kind? {
    try HDF5Library.locked { () throws(FileError) -> Kind? in
      guard try exists(name) else { return nil }
      let object = try object(name)
      return kind(of: object.id)
    }
  }

  /// The names in a group, in the file's order.
  ///
  /// - Parameter group: names separated by slashes, from the root; the root itself is `/`.
  /// - Returns: the names.
  /// - Throws: ``FileError`` when it is not a readable group, or holds too many names.
  ///
  /// Calls `H5Lget_name_by_idx`.
  public func children(of group: String = "/") throws(FileError) -> [String] {
    try HDF5Library.locked { () throws(FileError) -> [String] in
      let object = try object(group)
      guard kind(of: object.id) == .group else { throw error(group, "is not a group") }
      return try names(in: object.id, group)
    }
  }

  /// The full names of all datasets below a group, depth first.
  ///
  /// - Parameter group: where to start.
  /// - Returns: names from the root, without a leading slash.
  /// - Throws: ``FileError`` when groups are nested too deeply or in a circle, or names lead
  ///   outside the file.
  public func datasets(under group: String = "/") throws(FileError) -> [String] {
    var found: [String] = []
    var visited = 0
    var pending = [(name: group.trimmingSlashes, depth: 0)]
    while let (name, depth) = pending.popLast() {
      visited += 1
      guard depth <= 32, visited <= 50_000 else {
        throw error(group, "its groups are nested deeper than 32 or hold more than 50000 names")
      }
      switch try kind(of: name) {
      case .group:
        let prefix = name.isEmpty ? "" : name + "/"
        pending += try children(of: name).reversed().map { (prefix + $0, depth + 1) }
      case .dataset: found.append(name)
      case .other, nil: continue
      }
    }
    return found
  }

  func error(_ place: String?, _ problem: String) -> FileError {
    FileError(path, place, problem: problem)
  }

  // MARK: Inside the lock

  private func exists(_ name: String) throws(FileError) -> Bool {
    var prefix = ""
    for component in name.trimmingSlashes.split(separator: "/") {
      prefix += prefix.isEmpty ? String(component) : "/" + component
      guard component != "." && component != ".." else {
        throw error(name, "contains the component \(component)")
      }
      if !prefix.contains("/") || kind(of: prefix, at: id) == .group {
        switch chdf5_link_kind(id, prefix) {
        case 0: continue
        case 1:
          throw error(prefix, "is a link to elsewhere; copy what it stands for into the file")
        default: return false
        }
      }
      return false
    }
    return true
  }

  private func kind(of prefix: String, at file: hid_t) -> Kind? {
    guard let slash = prefix.lastIndex(of: "/") else { return .group }
    guard
      let parent = HDF5Handle(
        H5Oopen(file, String(prefix[..<slash]), hid_t(H5P_DEFAULT)), closedBy: H5Oclose)
    else { return nil }
    return kind(of: parent.id)
  }

  func object(_ name: String) throws(FileError) -> HDF5Handle {
    let plain = name.trimmingSlashes
    guard try exists(plain) else { throw error(name, "is missing") }
    guard
      let object = HDF5Handle(
        H5Oopen(id, plain.isEmpty ? "/" : plain, hid_t(H5P_DEFAULT)), closedBy: H5Oclose)
    else { throw error(name, "is damaged") }
    return object
  }

  func kind(of object: hid_t) -> Kind {
    switch H5Iget_type(object) {
    case H5I_GROUP: .group
    case H5I_DATASET: .dataset
    default: .other
    }
  }

  private func names(in group: hid_t, _ name: String) throws(FileError) -> [String] {
    var information = H5G_info_t()
    guard H5Gget_info(group, &information) >= 0 else { throw error(name, "is damaged") }
    guard information.nlinks <= 4096, information.nlinks * 8 <= UInt64(max(size, 0)) else {
      throw error(name, "claims \(information.nlinks) names; at most 4096 are read")
    }
    var names: [String] = []
    for position in 0..<information.nlinks {
      let length = H5Lget_name_by_idx(
        group, ".", H5_INDEX_NAME, H5_ITER_INC, position, nil, 0, hid_t(H5P_DEFAULT))
      guard length > 0, length < 1024 else { throw error(name, "has a damaged list of names") }
      var buffer = [CChar](repeating: 0, count: length + 1)
      H5Lget_name_by_idx(
        group, ".", H5_INDEX_NAME, H5_ITER_INC, position, &buffer, length + 1, hid_t(H5P_DEFAULT))
      names.append(
        String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    return names
  }
}

extension String {
  var trimmingSlashes: String {
    String(drop(while: { $0 == "/" }).reversed().drop(while: { $0 == "/" }).reversed())
  }
}
