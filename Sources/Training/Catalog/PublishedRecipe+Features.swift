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
    decoupledKnowledgeDistillation,
  ]

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
