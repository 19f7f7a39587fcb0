internal import Foundation

/// The processor's time that this process has taken, in seconds.
public func processorSeconds() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return [usage.ru_utime, usage.ru_stime]
    .reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
}
