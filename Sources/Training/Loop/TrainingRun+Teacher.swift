internal import Execution
internal import Datasets
internal import Files
internal import Tensors

extension TrainingSettings {
  /// Refuses to keep a teacher's answers where it is shown something else in every epoch.
  ///
  /// - Throws: ``TrainingError`` that says what stands in the way.
  public func checkTeacherIsAskedOnce() throws(TrainingError) {
    let obstacle: String? =
      if !recipe.needsTeacher {
        "\(recipe.name) learns from no teacher; leave it out"
      } else if recipe.stages.contains(where: { $0.loss.readsInside }) {
        "\(recipe.name) reads the teacher's inside, which is not kept; leave it out"
      } else if augmentation != .none {
        "augmentation \(augmentation.rawValue) changes images; give `augmentation none`"
      } else if cutMix != nil {
        "CutMix changes images; leave one of them out"
      } else if extraShare != nil {
        "extra images are drawn anew in every epoch; leave one of them out"
      } else {
        nil
      }
    if let obstacle {
      throw TrainingError(.cacheTeacher, problem: obstacle)
    }
  }
}

extension TrainingRun {
  /// How many images the teacher is asked about between two looks at whether to stop.
  private static let questions = 1000

  /// Gives the learner what the teacher says of every image, from the run's folder if it is there.
  func askTeacherOnce(
    shouldStop: @Sendable () -> Bool, observer: @Sendable (Event) -> Void
  ) async throws {
    try settings.checkTeacherIsAskedOnce()
    let key = TeacherLogits.Key(
      teacher: settings.teacherSHA256 ?? "", images: settings.datasetSHA256,
      backend: settings.backend)
    let path = directory.teacherPath
    let indices = set.positions.map { set.dataset.index(at: $0) }
    if let known = try await knownAnswers(at: path, key, of: indices, observer: observer) {
      await learner.rely(on: known)
      return
    }
    var logits: [[Float]] = []
    for start in stride(
      from: set.positions.lowerBound, to: set.positions.upperBound, by: Self.questions)
    {
      let end = min(start + Self.questions, set.positions.upperBound)
      logits += try await learner.sharedTeacherLogits(
        of: (start..<end).map { set.dataset.image(at: $0) })
      if await learner.anyRank(shouldStop()) { throw interruption }
    }
    let known = TeacherLogits(indices: indices, logits: logits)
    try directory.write { try known.write(to: path, key) }
    await learner.rely(on: known)
  }

  /// What an earlier start kept, if every rank can read it.
  private func knownAnswers(
    at path: String, _ key: TeacherLogits.Key, of indices: [Int],
    observer: @Sendable (Event) -> Void
  ) async throws -> TeacherLogits? {
    var known: TeacherLogits?
    if try FileContents.exist(at: path) {
      do throws(FileError) { known = try TeacherLogits(reading: path, key, of: indices) } catch {
        observer(.notice("\(error); the teacher is asked again"))
      }
    }
    return await learner.anyRank(known == nil) ? nil : known
  }
}

extension Learner {
  /// Takes the teacher's logits of known images from here on.
  func rely(on logits: TeacherLogits) { knownTeacher = logits }

  /// What the teacher says of images, a row an image; none without a teacher.
  func teacherLogits(of images: [Image]) async throws -> [[Float]] {
    try await teacher?.logits(of: images) ?? []
  }

  /// What it says of images that all ranks have; each asks it about its share.
  func sharedTeacherLogits(of images: [Image]) async throws -> [[Float]] {
    everyones(try await teacherLogits(of: Array(images[machine.ranks.share(of: images.count)])))
  }
}
