import Datasets
import Evaluation
import Files
import Tensors
import Testing

extension ForgeryCase {
  /// What the network was found to be.
  static let probes: [ForgeryCase] = [
    .everywhere("no probe", .refused("probe.json: is missing")) { $0.probe = nil },
    .everywhere("a probe with more correct images", .refused("correct is")) {
      $0.probe?.correct += 3
    },
    .everywhere("a probe with a steeper loss", .refused("loss_after_ten_steps is")) {
      $0.probe?.lossAfterTenSteps *= 2
    },
    .everywhere("a probe of another start", .refused("loss_after_one_step is")) {
      $0.probe?.lossAfterOneStep += 1
    },
    .everywhere("a probe of fewer attacks", .refused("attacked is")) {
      $0.probe?.attacked -= 5
      $0.probe?.standingAtLarge = 0
    },
    .everywhere("a probe of more classes", .refused("classes is 1000")) {
      $0.probe?.classes = 1000
    },
    .everywhere("a probe of a random network", .refused("spread is 0.5")) {
      $0.probe?.spread = 0.5
    },
    .everywhere("a probe without a range", .refused("correct_in_range has 2 ranges")) {
      $0.probe?.correctInRange["[-1, 1]"] = nil
    },
    .everywhere("a probe of fewer images", .refused("probe.json: ")) {
      $0.probe?.images = 5
      $0.probe?.correct = 0
    },
    .everywhere("a probe of no image", .refused("probe.json: ")) {
      $0.probe = ProbeFindings()
      $0.probe?.classes = 10
    },
  ]

  /// What readers see, one file at a time.
  static let pages: [ForgeryCase] = [
    .once("another accuracy in the report", .refused("report.md: line")) {
      try $0.replace("| clean |", with: "| clean | 40 / 40 | 100.00 % |", in: "report.md")
    },
    .once("a line more in the report", .refused("report.md: line")) {
      try $0.append("\nAudited.\n", to: "report.md")
    },
    .once("another command in both reports", .listed("the command line in report.md")) {
      try $0.replace("    robeval --eps", with: "    robeval --seed 3 --eps", in: "report.md")
      try $0.replace("<pre>robeval --eps", with: "<pre>robeval --seed 3 --eps", in: "report.html")
    },
    .once("another command in one report", .refused("report.html: line")) {
      try $0.replace("    robeval --eps", with: "    robeval --seed 3 --eps", in: "report.md")
    },
    .once("another verdict in the page", .refused("report.html: line")) {
      try $0.replace("<td>reliable", with: "<td>audited", in: "report.html")
    },
    .once("a script in the page", .refused("report.html: line")) {
      try $0.replace("</main>", with: "</main><script src=x></script>", in: "report.html")
    },
    .once("a command of two lines in the report", .refused("report.md: line")) {
      try $0.replace(
        "    robeval --eps", with: "    robeval\n\nAudited.\n\n  --eps", in: "report.md")
    },
    .once("no report", .refused("report.md")) { try $0.delete("report.md") },
    .once("a line less in the table", .refused("results.csv: line 151")) { files in
      let lines = try files.text("results.csv").split(separator: "\n").dropLast()
      try files.write(lines.joined(separator: "\n") + "\n", to: "results.csv")
    },
    .once("a robust image more in the table", .refused("results.csv: line")) {
      try $0.replace(",0,", with: ",1,", in: "results.csv")
    },
    .once("another accuracy in the log", .refused("log.txt: line")) {
      try $0.replace("robust accuracy: ", with: "robust accuracy: 9", in: "log.txt")
    },
    .once("an accuracy in model_info.json", .refused("model_info.json: line")) {
      try $0.replace(
        "\"autoattack_acc\": null", with: "\"autoattack_acc\": \"99.00\"", in: "model_info.json")
    },
    .once("a curve of a run with one radius", .refused("curve.csv: is there")) {
      try $0.write("eps,robust\n0,1\n", to: "curve.csv")
    },
    .once("a count in the result", .refused("lists other images as robust")) {
      try $0.replace("\n  \"robust\" : ", with: "\n  \"robust\" : 1", in: "result.json")
    },
    .once("a count within a radius", .refused("radii[0].robust is")) {
      try $0.replace("\n      \"robust\" : ", with: "\n      \"robust\" : 1", in: "result.json")
    },
    .once("a field more in the result", .refused("audited: is not a field")) {
      try $0.insert("\"audited\" : true", in: "result.json")
    },
    .once("a field twice in the result", .refused("seed: stands twice")) {
      try $0.insert("\"seed\" : 0", in: "result.json")
    },
    .once("spaces in the result", .refused("result.json: line")) {
      try $0.append(" ", to: "result.json")
    },
    .once("a field twice in the settings", .refused("seed: stands twice")) {
      try $0.insert("\"seed\" : 1", in: "run.json")
    },
    .once("a field more in the settings", .refused("audited: is not a field")) {
      try $0.insert("\"audited\" : true", in: "run.json")
    },
    .once("spaces in the settings", .refused("run.json: line")) {
      try $0.append("\n", to: "run.json")
    },
    .once("settings of another kind", .refused("seed: is ")) {
      try $0.replace("\"seed\" : 0", with: "\"seed\" : 0.0", in: "run.json")
    },
    .once("a field more in the probe", .refused("audited: is not a field")) {
      try $0.insert("\"audited\" : true", in: "probe.json")
    },
    .once("a huge number in the probe", .refused("expected a whole number of at most 2⁵³")) {
      try $0.replace("\"attacked\" : ", with: "\"attacked\" : 9223372036854775", in: "probe.json")
    },
    .once("a field more in the sources", .refused("audited: is not a field")) {
      try $0.insert("\"audited\" : true", in: "sources.json")
    },
    .once("another place of the model", .listed("sources.json")) {
      try $0.replace("net.h5", with: "elsewhere/net.h5", in: "sources.json")
    },
    .once("a stranger's file", .listed("certificate.txt (is no file of a run)")) {
      try $0.write("robust accuracy 99 %\n", to: "certificate.txt")
    },
  ]

  /// The images that were found.
  static let images: [ForgeryCase] = [
    .everywhere("another image", .refused("away")) { run in
      let index = run.entries[try run.first(.fooled)].index
      run.images[index] = run.images[index]?.map { 1 - $0 }
    },
    .everywhere("two images exchanged", .refused("away")) { run in
      let indices = run.images.keys.sorted()
      (run.images[indices[0]], run.images[indices[1]]) =
        (run.images[indices[1]], run.images[indices[0]])
    },
    .everywhere("a pixel below zero", .refused("outside [0, 1]")) { run in
      let index = run.entries[try run.first(.fooled)].index
      run.images[index]?.pixels[0] = -0.001
    },
    .once("another raw image", .refused("adversarial.f32: record 0")) { files in
      let path = files.folder + "/adversarial.f32"
      var bytes = try FileContents.read(path)
      bytes[2] ^= 0x40
      try AtomicFile.write(bytes, to: path)
    },
    .once("a raw image less", .refused("adversarial.f32: holds")) { files in
      let path = files.folder + "/adversarial.f32"
      try AtomicFile.write(Array(try FileContents.read(path).dropLast(4)), to: path)
    },
    .once("bytes as pixels", .refused("x: is not what a run writes")) { files in
      try Forgery.commit(in: files.folder, of: files.run) { $0.pixelsAreBytes = true }
    },
    .once("another dataset beside", .refused("x_clean: is not what a run writes")) { files in
      try Forgery.commit(in: files.folder, of: files.run) { $0.dataset = "x_clean" }
    },
    .once("another attribute", .refused("audited: is an attribute that no run writes")) { files in
      try Forgery.commit(in: files.folder, of: files.run) { $0.attribute = "audited" }
    },
    .once("no images", .refused("claims")) { files in
      let writer = try HDF5Writer(creating: files.folder + "/adversarial.h5")
      try Forgery.describe(
        files.run.settings, eps: files.run.settings.largestRadius.text, in: writer)
      try writer.finish()
    },
  ]
}

extension Dataset {
  /// The image of a stable index.
  func image(of index: Int) throws -> Image {
    image(at: try #require((0..<count).first { self.index(at: $0) == index }))
  }
}
