/// How a network is trained: everything but the network and the data.
public struct Recipe: Codable, Hashable, Sendable {
  /// Under what it is known, for instance `trades`.
  public var name: String
  /// How many times every image is seen.
  public var epochs: Int
  /// How many images a step takes.
  public var batchSize: Int
  /// How parameters follow their gradients.
  public var optimizer: Optimizer
  /// The learning rate of every epoch.
  public var learningRate: LearningRateSchedule
  /// The radius of the perturbations of every epoch.
  public var radius: RadiusSchedule
  /// What is minimised.
  public var loss: TrainingLoss
  /// How perturbed images are made; nil where the loss needs none.
  public var crafting: Crafting?
  /// In which order the passes move the running statistics of batch normalisations.
  ///
  /// A loss needs each of its passes once; a pass that is named twice counts twice.
  public var forwardOrder: [ForwardPass]
  /// Whether the gradient is taken at perturbed weights.
  public var weightPerturbation: WeightPerturbation?
  /// How many steps in turn take the same batch; nil for one.
  public var replays: Int?
  /// Stages of training before this one, each with an optimiser of its own; nil for none.
  public var preparations: [Recipe]?
  /// How a step takes each image in four rotations; nil for upright alone.
  public var rotations: Rotations?
  /// What a preparation moves; nil for everything.
  public var reach: StageReach?

  /// Creates a recipe.
  ///
  /// - Parameters:
  ///   - name: under what it is known.
  ///   - epochs: how many times every image is seen.
  ///   - batchSize: how many images a step takes.
  ///   - optimizer: how parameters follow their gradients.
  ///   - learningRate: of every epoch.
  ///   - radius: of every epoch.
  ///   - loss: what is minimised.
  ///   - crafting: how perturbed images are made.
  ///   - forwardOrder: in which order passes move running statistics.
  ///   - weightPerturbation: whether the gradient is taken at perturbed weights.
  public init(
    name: String, epochs: Int, batchSize: Int, optimizer: Optimizer,
    learningRate: LearningRateSchedule, radius: RadiusSchedule = .none, loss: TrainingLoss,
    crafting: Crafting? = nil, forwardOrder: [ForwardPass] = [.clean],
    weightPerturbation: WeightPerturbation? = nil
  ) {
    self.name = name
    self.epochs = epochs
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.radius = radius
    self.loss = loss
    self.crafting = crafting
    self.forwardOrder = forwardOrder
    self.weightPerturbation = weightPerturbation
  }
}

/// Which images go through the network in training mode.
public enum ForwardPass: String, Codable, Hashable, Sendable, CaseIterable {
  /// Those of the data set.
  case clean
  /// The perturbed ones.
  case adversarial
}

/// Adversarial weight perturbation: the loss is made small where it is worst nearby.
///
/// Source: Wu, Xia & Wang, *Adversarial weight perturbation helps robust generalization*,
/// NeurIPS 2020.
public struct WeightPerturbation: Codable, Hashable, Sendable {
  /// How far weights are moved, in parts of their norm (γ).
  public var size: Double
  /// The first epoch, counted from 1, in which they are.
  public var firstEpoch: Int

  /// Creates a setting.
  ///
  /// - Parameters:
  ///   - size: in parts of a weight's norm.
  ///   - firstEpoch: counted from 1.
  public init(size: Double, firstEpoch: Int) {
    self.size = size
    self.firstEpoch = firstEpoch
  }
}
