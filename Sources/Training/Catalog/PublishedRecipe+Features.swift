/// Recipes in which a network learns from the inside of a larger one.
extension PublishedRecipe {
  /// All of them, as they are listed.
  static let featureDistillations = [
    feature(
      "fitnet", HintRegression(), times: 100,
      abstract: "a regressor to the teacher's second stage", source: "Romero et al. 2015"),
    feature(
      "at", AttentionTransfer(), times: 1000,
      abstract: "attention transfer: where the ends of stages are large",
      source: "Zagoruyko & Komodakis 2017"),
    feature(
      "sp", SimilarityPreserving(), times: 3000,
      abstract: "similarities of a batch's images", source: "Tung & Mori 2019"),
    feature(
      "cc", CorrelationCongruence(), times: 0.02,
      abstract: "differences of embeddings, image by image", source: "Peng et al. 2019"),
    feature(
      "vid", VariationalInformation(), times: 1,
      abstract: "the likelihood of the teacher's maps", source: "Ahn et al. 2019"),
    feature(
      "rkd", RelationalDistillation(), times: 1,
      abstract: "distances and angles within a batch", source: "Park et al. 2019"),
    feature(
      "pkt", ProbabilisticTransfer(), times: 30000,
      abstract: "probabilities of being near within a batch", source: "Passalis & Tefas 2018"),
    feature(
      "nst", NeuronSelectivity(), times: 50,
      abstract: "the channels' distribution over pixels", source: "Huang & Wang 2017"),
    prepared(
      "ab", by: ActivationBoundaries(), over: .constant(0.05), reaching: .stages,
      abstract: "30 epochs to the sides of activations, then labels alone",
      source: "Heo et al. 2019 (AAAI)"),
    prepared(
      "ft", by: FactorTransfer(.paraphrase), over: .constant(0.01), reaching: .layers,
      then: WeightedTerm("ft", FactorTransfer(.transfer), times: 200, as: .beta),
      abstract: "30 epochs for the teacher's factors, then the student's like them",
      source: "Kim et al. 2018"),
    prepared(
      "fsp", by: FlowOfSolution(), over: .constant(0.05), reaching: .stages,
      abstract: "30 epochs to products of neighbouring stages, then labels alone",
      source: "Yim et al. 2017"),
    feature(
      "crd", ContrastiveRepresentation(), times: 0.8,
      abstract: "embeddings told from those of other images, in memory banks",
      source: "Tian et al. 2020"),
    feature(
      "ofd", MarginRectification(), times: 1e-3,
      abstract: "values before activations, beyond margins", source: "Heo et al. 2019 (ICCV)"),
    selfSupervised, hierarchical, decoupledKnowledgeDistillation,
  ]

  /// Cross-entropy, and perhaps a term, after 30 epochs of another term.
  private static func prepared(
    _ name: String, by first: any LossTerm, over rate: LearningRateSchedule,
    reaching reach: StageReach, then term: WeightedTerm? = nil, abstract: String, source: String
  ) -> PublishedRecipe {
    let labels = WeightedTerm("ce", LabelEntropy(at: .clean))
    var recipe = distillation(name, TrainingLoss([labels] + (term.map { [$0] } ?? [])))
    var preparation = recipe
    preparation.loss = [WeightedTerm(name, first)]
    preparation.epochs = 30
    preparation.learningRate = rate
    preparation.reach = reach
    recipe.preparations = [preparation]
    return PublishedRecipe(
      recipe, abstract: abstract,
      source: "\(source), settings of Tian et al. 2020; --lr 0.01 for mobile networks")
  }

  /// Four losses on four rotations of every image, after the teacher's head was trained.
  private static let selfSupervised: PublishedRecipe = {
    var recipe = distillation(
      "sskd",
      [
        WeightedTerm("ce", LabelEntropy(at: .clean), times: 0.1),
        WeightedTerm("kd", TeacherDivergence(temperature: 4), times: 0.9),
        WeightedTerm("tf", RotatedDivergence(), times: 2.7),
        WeightedTerm("ss", SelfSupervision(.student), times: 10, as: .beta),
      ])
    recipe.rotations = .beforeCrop
    var preparation = recipe
    preparation.loss = [WeightedTerm("ss", SelfSupervision(.teacher))]
    preparation.epochs = 60
    preparation.learningRate = .steps(initial: 0.05, factor: 0.1, epochs: [31, 46])
    preparation.reach = .layers
    recipe.preparations = [preparation]
    return PublishedRecipe(
      recipe, abstract: "what a teacher says of rotated images, and which image they were",
      source: "Xu et al. 2020, settings of the published program; --lr 0.01 for mobile networks")
  }()

  /// Classes and rotations at once, behind every stage, after the teacher's branches were trained.
  private static let hierarchical: PublishedRecipe = {
    var recipe = distillation(
      "hsakd",
      [
        WeightedTerm("ce", LabelEntropy(at: .clean)),
        WeightedTerm("hsakd", HierarchicalSelfSupervision(.student), as: .beta),
      ])
    recipe.optimizer.kind = .nesterov
    recipe.rotations = .afterCrop
    var preparation = recipe
    preparation.loss = [WeightedTerm("hsakd", HierarchicalSelfSupervision(.teacher))]
    preparation.epochs = 100
    preparation.learningRate = .steps(initial: 0.05, factor: 0.1, epochs: [31, 61, 91])
    preparation.reach = .layers
    recipe.preparations = [preparation]
    return PublishedRecipe(
      recipe, abstract: "classes and rotations at once, behind every stage of residual networks",
      source: "Yang et al. 2021, settings of the published program; --lr 0.01 for mobile networks")
  }()

  /// The two parts of a divergence with factors of their own.
  private static let decoupledKnowledgeDistillation = PublishedRecipe(
    distillation(
      "dkd",
      [
        WeightedTerm("ce", LabelEntropy(at: .clean)),
        WeightedTerm("tckd", TargetDivergence(.target), over: .rising(epochs: 20)),
        WeightedTerm(
          "nckd", TargetDivergence(.others), times: 8, over: .rising(epochs: 20), as: .beta),
      ]),
    abstract: "the divergence of the label's class and that of all others",
    source: "Zhao et al. 2022, 32x4 to 8x4; --beta 2 for 56 to 20 and 110 to 32, 6 for 40-2 and vgg"
  )

  /// Cross-entropy and a term with its published weight, as RepDistiller trains on CIFAR-100.
  private static func feature(
    _ name: String, _ term: any LossTerm, times weight: Double,
    over course: WeightCourse = .constant,
    abstract: String, source: String
  ) -> PublishedRecipe {
    PublishedRecipe(
      distillation(
        name,
        [
          WeightedTerm("ce", LabelEntropy(at: .clean)),
          WeightedTerm(name, term, times: weight, over: course, as: .beta),
        ]),
      abstract: abstract,
      source: "\(source), settings of Tian et al. 2020; --lr 0.01 for mobile networks")
  }
}
