public import Tensors

/// Lists of attacks that have a name.
public enum AttackPreset: String, Hashable, Sendable, CaseIterable {
  /// `apgd-ce` and `apgd-t`: nearly the figure of AutoAttack for a fraction of its cost.
  case screen
  /// AutoAttack's standard version: `apgd-ce`, `apgd-t`, `fab-t` and `square`.
  case standard
  /// AutoAttack's most thorough version: more runs, and untargeted attacks too.
  case plus
  /// AutoAttack's version for networks that draw random numbers.
  case rand

  /// Whether the list is one that AutoAttack's authors published.
  public var isAutoAttack: Bool {
    switch self {
    case .screen: false
    case .standard, .plus, .rand: true
    }
  }

  /// The list, with the settings published for the norm.
  ///
  /// The authors made `standard` only for L₁; the other two run there without wider balls.
  /// Source: Croce & Hein, *Reliable evaluation of adversarial robustness*, ICML 2020, and the
  /// program that goes with it.
  ///
  /// - Parameter norm: of the perturbations.
  /// - Returns: text that ``AttackList/parse(_:in:)`` reads.
  public func text(in norm: Norm) -> String {
    switch norm {
    case .linf, .l2:
      switch self {
      case .screen: "apgd-ce,apgd-t"
      case .standard: "apgd-ce,apgd-t,fab-t,square"
      case .plus: "apgd-ce(restarts=5),apgd-dlr(restarts=5),fab,square,apgd-t,fab-t"
      case .rand: "apgd-ce(eot=20),apgd-dlr(eot=20)"
      }
    case .l1:
      switch self {
      case .screen: "apgd-ce(restarts=5),apgd-t(targets=5)"
      case .standard: "apgd-ce(restarts=5),apgd-t(targets=5),fab-t,square"
      case .plus:
        "apgd-ce(restarts=5,widening=never),apgd-dlr(restarts=5,widening=never),fab,square,"
          + "apgd-t(widening=never),fab-t"
      case .rand: "apgd-ce(eot=20,widening=never),apgd-dlr(eot=20,widening=never)"
      }
    }
  }
}
