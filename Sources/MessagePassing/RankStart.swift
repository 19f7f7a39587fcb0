/// How a process was started: alone, or as one of several that train together.
public struct RankStart: Hashable, Sendable {
  /// Which of them it is, from 0.
  public let number: Int
  /// How many there are.
  public let count: Int

  /// Reads what `mpirun` of Open MPI, or Slurm's `srun --mpi=pmix`, tells its processes.
  ///
  /// - Parameter environment: the process's variables.
  /// - Returns: nil for a process of its own.
  public static func told(
    by environment: [String: String]
  ) -> RankStart? {
    let starters = [
      ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMIX_RANK", "SLURM_STEP_NUM_TASKS"),
    ]
    for (numberName, countName) in starters {
      guard let number = environment[numberName].flatMap({ Int($0) }),
        let count = environment[countName].flatMap({ Int($0) })
      else { continue }
      return count > 1 && (0..<count).contains(number)
        ? RankStart(number: number, count: count) : nil
    }
    return nil
  }

  /// How many of them share this machine.
  ///
  /// - Parameter environment: the process's variables.
  /// - Returns: at least 1.
  public static func neighbours(
    in environment: [String: String]
  ) -> Int {
    let told = environment["OMPI_COMM_WORLD_LOCAL_SIZE"] ?? environment["SLURM_TASKS_PER_NODE"]
    // Slurm writes 4(x2) for twice four.
    return max(told.flatMap { Int($0.prefix { $0.isNumber }) } ?? 1, 1)
  }

  /// For how many seconds a rank that was told to end may wait for others before it takes them for
  /// lost: the starter ends it by force soon after.
  static func patience(
    in environment: [String: String]
  ) -> Double {
    if environment["OMPI_COMM_WORLD_SIZE"] == nil { return 20 }
    let name = "OMPI_MCA_odls_base_sigkill_timeout"
    return 0.5 * (environment[name].flatMap { Double($0) } ?? 1)
  }
}
