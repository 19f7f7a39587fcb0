import COpenBLAS

/// The only file that calls OpenBLAS.
enum BLAS {
  /// Whether a matrix is read as it is stored or transposed.
  enum Reading {
    case asStored
    case transposed

    fileprivate var flag: CBLAS_TRANSPOSE {
      switch self {
      case .asStored: CblasNoTrans
      case .transposed: CblasTrans
      }
    }
  }

  /// One thread a call: lanes are what runs in parallel, and bits do not depend on a thread count.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// For example `0.3.21`, or `unknown`.
  ///
  /// Calls `openblas_get_config`.
  static let version: String = {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return words.dropFirst().first.map(String.init) ?? "unknown"
  }()

  /// The processor whose kernels are used, for example `SkylakeX`.
  ///
  /// Calls `openblas_get_corename`.
  static let kernels = String(cString: openblas_get_corename())

  /// Row-major `result += left · rightᵀ`.
  ///
  /// Calls `cblas_sgemm`.
  ///
  /// - Parameters:
  ///   - left: `[rows, inner]`.
  ///   - right: `[columns, inner]`.
  ///   - result: `[rows, columns]`, added to.
  ///   - rows: of the result.
  ///   - inner: how many products each sum has.
  ///   - columns: of the result.
  static func addProduct(
    _ left: UnsafePointer<Float>, byTransposed right: UnsafePointer<Float>,
    to result: UnsafeMutablePointer<Float>, rows: Int, inner: Int, columns: Int
  ) {
    _ = singleThreaded
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(columns), blasint(inner),
      1, left, blasint(inner), right, blasint(inner), 1, result, blasint(columns))
  }

  /// Row-major `result = left · right`.
  ///
  /// Calls `cblas_sgemm`.
  ///
  /// - Parameters:
  ///   - left: `[rows, inner]` as read.
  ///   - reading: how `left` is read.
  ///   - right: `[inner, columns]`.
  ///   - result: `[rows, columns]`, overwritten.
  ///   - rows: of the result.
  ///   - inner: how many products each sum has.
  ///   - columns: of the result.
  static func multiply(
    _ left: UnsafePointer<Float>, _ reading: Reading, by right: UnsafePointer<Float>,
    into result: UnsafeMutablePointer<Float>, rows: Int, inner: Int, columns: Int
  ) {
    _ = singleThreaded
    let leading =
      switch reading {
      case .asStored: inner
      case .transposed: rows
      }
    cblas_sgemm(
      CblasRowMajor, reading.flag, CblasNoTrans, blasint(rows), blasint(columns), blasint(inner),
      1, left, blasint(leading), right, blasint(columns), 0, result, blasint(columns))
  }
}
