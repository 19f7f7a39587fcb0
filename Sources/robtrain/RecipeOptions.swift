public import ArgumentParser
public import Attacks
import Tensors
public import Training

/// Options that depart from a published recipe.
struct RecipeOptions: ParsableArguments {
  @Option(help: "full: the published settings; small: few epochs and inner steps, to try things.")
  var budget: Budget = .full

  @Option(help: "How many times every image is seen; schedules are stretched.")
  var epochs: Int?

  @Option(help: "Images a step.")
  var batch: Int?

  @Option(help: "free-at: how many steps in turn take the same batch.")
  var replays: Int?

  @Option(help: "The largest learning rate.")
  var lr: Double?

  @Option(help: "How much of the running sum of gradients is kept.")
  var momentum: Double?

  @Option(help: "The factor of the weights that is added to their gradients.")
  var weightDecay: Double?

  @Option(
    help: "The radius in units of [0, 1] pixels, for example 8/255 or 0.031.",
    transform: { try Radius($0) })
  var eps: Radius?

  @Option(help: "Inner steps.")
  var steps: Int?

  @Option(help: "The length of an inner step in parts of the radius.")
  var stepSize: Double?

  @Option(help: "The norm of perturbations: Linf or L2.")
  var norm: NormName?

  @Option(help: "TRADES: the factor of the divergence.")
  var beta: Double?

  @Option(help: "IKL: the factor of the weighted mean squared error (the program's beta).")
  var wmseWeight: Double?

  @Option(help: "IKL: the factor of the cross-entropy with soft labels (the program's alpha).")
  var sceWeight: Double?

  @Option(help: "LTD, distillation: the teacher's temperature; IKL: that of class means.")
  var temperature: Double?

  @Option(help: "LTD, MART: the factor of the divergence; TALD: that of the regularisation.")
  var lambda: Double?

  @Option(help: "Weight perturbation in parts of a weight's norm; 0 for none.")
  var gamma: Double?

  @Option(help: "The first epoch with weight perturbation.")
  var awpFrom: Int?

  @Option(help: "How much of a label's probability goes to all classes alike.")
  var labelSmoothing: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "DKL, IKL: whether last epoch's class means weigh the squared error.")
  var gi: Bool?

  @Flag(
    inversion: .prefixedNo,
    help: "DKL, IKL: whether the squared error pulls at both images' logits.")
  var ba: Bool?

  @Option(help: "TALD: paper or author-code, which departs from the paper.")
  var preset: RecipeChanges.Preset?

  @Option(help: "BSS, TALD: where lengths are measured: pixel, cifar10, cifar100, imagenet, bss.")
  var space: InputSpace.Name?

  @Option(
    parsing: .upToNextOption,
    help: """
      Distillations: methods that are added with their published factors, for example tald, kd, bss \
      or sp.
      """)
  var with: [String] = []

  @Option(help: "TALD: the number of particles of an image (K).")
  var particles: Int?

  @Option(help: "TALD: the radius in which particles are (ε), in coordinates of --space.")
  var particleRadius: Double?

  @Option(help: "What is done to images: none, crop-flip or autoaugment; none for MNIST.")
  var augmentation: Augmentation?

  var changes: RecipeChanges {
    var changes = RecipeChanges()
    changes.epochs = epochs
    changes.batchSize = batch
    changes.replays = replays
    changes.learningRate = lr
    changes.momentum = momentum
    changes.weightDecay = weightDecay
    changes.radius = eps?.value
    changes.steps = steps
    changes.relativeStep = stepSize
    changes.norm = norm?.norm
    changes.divergenceWeight = beta
    changes.squaredErrorWeight = wmseWeight
    changes.crossEntropyWeight = sceWeight
    changes.temperature = temperature
    changes.robustnessWeight = lambda
    changes.perturbationSize = gamma
    changes.perturbationStart = awpFrom
    changes.labelSmoothing = labelSmoothing
    changes.usesClassMeans = gi
    changes.pullsAtBoth = ba
    changes.preset = preset
    changes.space = space
    changes.particles = particles
    changes.particleRadius = particleRadius
    changes.augmentation = augmentation
    return changes
  }
}

extension Budget: ExpressibleByArgument {}
extension Augmentation: ExpressibleByArgument {}
extension RecipeChanges.Preset: ExpressibleByArgument {}
extension InputSpace.Name: ExpressibleByArgument {}

/// Norms as a command line may spell them.
enum NormName: String, ExpressibleByArgument, CaseIterable {
  case linf = "Linf"
  case l2 = "L2"

  init?(argument: String) {
    let name = argument.lowercased()
    guard let norm = Self.allCases.first(where: { $0.rawValue.lowercased() == name }) else {
      return nil
    }
    self = norm
  }

  var norm: Norm {
    switch self {
    case .linf: .linf
    case .l2: .l2
    }
  }
}
