import ArgumentParser
import Checkpoints
import Datasets
import Evaluation
import Files

/// The network and the images of a recorded run, from where options or the run itself say.
struct RunInputs {
  let checkpoint: Checkpoint
  let dataset: Dataset

  init(
    of recorded: RecordedRun, model: String?, network: NetworkOptions? = nil, data: String?
  ) throws {
    let sources = try RunSources.read(from: recorded.path)
    guard let path = model ?? sources?.model else {
      throw EvaluationError(
        kind: .usage, place: "--model",
        problem: "the run does not say where \(recorded.settings.model) is; name it")
    }
    checkpoint = try ModelReader.read(
      path, architecture: network?.arch ?? sources?.architecture,
      weights: network?.weights ?? sources?.weights)
    dataset = try DataOptions(
      dataset: sources?.dataset ?? checkpoint.dataset ?? recorded.settings.dataset,
      data: data ?? sources?.data
    ).dataset(for: checkpoint)
  }
}
