extension OpenNetwork {
  /// Reads pairs of stages of both networks, from the front to where the shorter list ends.
  ///
  /// - Parameters:
  ///   - first: 1, or 0 to begin with what enters the first stage.
  ///   - student: the network that learns.
  ///   - teacher: the one it learns from.
  /// - Throws: ``TrainingError`` where one has no stages.
  static func readStages(
    from first: Int = 1, of student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    let last = min(try student.stages().upperBound, try teacher.stages().upperBound)
    for number in first...last {
      student.read(try student.tap(number))
      teacher.read(try teacher.tap(number))
    }
  }

  /// Reads the vectors that enter the classifiers.
  static func readPooled(
    of student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    student.read(try student.pooled())
    teacher.read(try teacher.pooled())
  }

  /// Reads the last stages.
  static func readLastStage(
    of student: inout OpenNetwork, _ teacher: inout OpenNetwork
  ) throws(TrainingError) {
    student.read(try student.tap(try student.stages().upperBound))
    teacher.read(try teacher.tap(try teacher.stages().upperBound))
  }
}

extension TermValue {
  /// The sum of a function over pairs of maps, the larger of each pair pooled to the other's size.
  ///
  /// - Parameters:
  ///   - features: as many maps of either network.
  ///   - function: gives its value and the gradient with respect to the first map.
  /// - Returns: one value.
  static func sum(
    overPairsOf features: TermFeatures,
    _ function: (_ student: FeatureMap, _ teacher: FeatureMap) -> (Double, [Double])
  ) -> TermValue {
    var total = 0.0
    var gradients = FeatureGradients()
    for (student, teacher) in zip(features.student, features.teacher) {
      let pooling = student.pooling(toSizeOf: teacher)
      let (value, gradient) = function(pooling.pooled(student), teacher.pooled(toSizeOf: student))
      total += value
      gradients.student.append(pooling.spread(gradient, count: student.count))
    }
    return TermValue(total, features: gradients)
  }
}
