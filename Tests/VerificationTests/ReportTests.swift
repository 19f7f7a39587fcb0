import Evaluation
import Files
import Foundation
import Reports
import Testing

@Suite struct ReportTests {
  /// 600 images: 80 wrong, then 300, 20 and 3 fooled by the attacks, 197 robust.
  private static func large(version: String?) throws -> MadeUpRun {
    let fates =
      [MadeUpRun.Fate](repeating: .wrong, count: 80)
      + [MadeUpRun.Fate](repeating: .fooled(by: 0), count: 300)
      + [MadeUpRun.Fate](repeating: .fooled(by: 1), count: 20)
      + [MadeUpRun.Fate](repeating: .fooled(by: 3), count: 3)
      + [MadeUpRun.Fate](repeating: .robust, count: 197)
    return try MadeUpRun(
      fates, attacks: ["apgd-ce", "apgd-t", "fab-t", "square"], version: version)
  }

  /// The lines as the published program's format strings give them, batch by batch of 250.
  @Test func theLogIsAutoAttacksByteForByte() throws {
    let run = try Self.large(version: "standard")
    let log = AutoAttackLog(
      run.result(), entries: run.entries, pixels: PixelRange(of: [0, 1]))
    #expect(
      log.text == """
        setting parameters for standard version
        using standard version including apgd-ce, apgd-t, fab-t, square.
        initial accuracy: 86.67%
        apgd-ce - 1/3 - 250 out of 250 successfully perturbed
        apgd-ce - 2/3 - 50 out of 250 successfully perturbed
        apgd-ce - 3/3 - 0 out of 20 successfully perturbed
        robust accuracy after APGD-CE: 36.67% (total time 65.0 s)
        apgd-t - 1/1 - 20 out of 220 successfully perturbed
        robust accuracy after APGD-T: 33.33% (total time 92.5 s)
        fab-t - 1/1 - 0 out of 200 successfully perturbed
        robust accuracy after FAB-T: 33.33% (total time 117.5 s)
        square - 1/1 - 3 out of 200 successfully perturbed
        robust accuracy after SQUARE: 32.83% (total time 142.5 s)
        Warning: Square Attack has decreased the robust accuracy of 0.50%. This might indicate \
        that the robustness evaluation using AutoAttack is unreliable. Consider running Square \
        Attack with more iterations and restarts or an adaptive attack. See flags_doc.md for \
        details.
        max Linf perturbation: 0.03137, nan in tensor: 0, max: 1.00000, min: 0.00000
        robust accuracy: 32.83%

        """)
  }

  @Test func aListThatIsNotAutoAttackIsCustomInTheLog() throws {
    let run = try MadeUpRun([.fooled(by: 0)], attacks: ["apgd-ce", "apgd-t"])
    let text = AutoAttackLog(
      run.result(), entries: run.entries, pixels: PixelRange(of: [0.25, 0.5])
    ).text
    #expect(text.hasPrefix("using custom version including apgd-ce, apgd-t.\ninitial"))
    #expect(!text.contains("APGD-T:"))
    #expect(text.contains("max: 0.50000, min: 0.25000\nrobust accuracy: 0.00%\n"))
  }

  /// Field names and types as in RobustBench's files.
  @Test func modelInfoHasRobustBenchsFields() throws {
    let text = ModelInfo(try Self.large(version: "standard").result()).text
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "link", "name", "authors", "additional_data", "number_forward_passes", "dataset", "venue",
        "architecture", "eps", "clean_acc", "reported", "autoattack_acc", "unreliable", "footnote",
      ])
    #expect(object["clean_acc"] as? String == "86.67")
    #expect(object["autoattack_acc"] as? String == "32.83")
    #expect(object["eps"] as? String == "8/255")
    #expect(object["number_forward_passes"] as? Int == 1)
    #expect(object["additional_data"] as? Bool == false)
    // Square fooled 0.5 % that the others had not.
    #expect(object["unreliable"] as? Bool == true)
    #expect(text.hasPrefix("{\n  \"link\": null,\n  \"name\": \"net\",\n"))
  }

  /// RobustBench's figures are of the standard version on all 10,000 images.
  @Test(arguments: [("standard", 10_000, false), ("standard", 9999, true), ("plus", 10_000, true)])
  func whatRobustBenchDoesNotListHasAFootnote(
    version: String, images: Int, hasFootnote: Bool
  ) throws {
    let run = try MadeUpRun(
      [MadeUpRun.Fate](repeating: .robust, count: images), attacks: ["apgd-ce"], version: version)
    #expect(ModelInfo(run.result()).text.contains("\"footnote\": null") != hasFootnote)
  }

  @Test func theSummarySaysWhatAttacksDoOtherwiseThanAsked() throws {
    var run = try MadeUpRun([.robust], attacks: ["apgd-dlr"])
    run.settings.notes = ["about rounding", "apgd-dlr: the margin is used instead"]
    let text = SummaryText(run.result()).text
    #expect(text.contains("note: apgd-dlr: the margin is used instead"))
    #expect(!text.contains("about rounding"))
  }

  @Test func onlyAutoAttackGivesAnAutoAttackAccuracy() throws {
    let text = ModelInfo(try Self.large(version: nil).result()).text
    #expect(text.contains("\"autoattack_acc\": null"))
    #expect(text.contains("Robust accuracy 32.83 under Linf, apgd-ce, apgd-t, fab-t, square"))
  }

  @Test func theReportSaysWhatEachAttackBrought() throws {
    let text = MarkdownReport(try Self.large(version: nil).result(), command: "robeval").text
    #expect(text.contains("- APGD-CE: 46 % of the time, 300 images (0.22 lane seconds each)."))
    #expect(text.contains("- FAB-T: 18 % of the time, 0 images."))
    #expect(text.contains("## Verdict: suspicious"))
  }

  @Test func theLeaderboardPutsTheMostRobustFirst() throws {
    let scratch = try Scratch()
    for (name, fates) in [
      ("weak", [.wrong, .fooled(by: 0), .robust, .fooled(by: 0)]),
      ("a<b", [.robust, .robust, .fooled(by: 0), .robust]),
    ] as [(String, [MadeUpRun.Fate])] {
      let run = try MadeUpRun(fates, attacks: ["apgd-ce"], model: name)
      try jsonText(of: run.result()).write(
        toFile: scratch.path("\(name.count).json"), atomically: true, encoding: .utf8)
    }
    let board = Leaderboard(try ["4", "3"].map { try RecordedResult(scratch.path("\($0).json")) })
    // The exact interval of 3 of 4 from SciPy: 0.194120, 0.993691; of 1 of 4: 0.006309, 0.805880.
    #expect(
      board.text(.md) == """
        ## cifar10, Linf, ε = 8/255

        4 images (indices 0–3), attacked with apgd-ce; accuracies in percent.

        | rank | model | standard accuracy | robust accuracy | 95 % interval (Clopper–Pearson) \
        | potentially unreliable | architecture |
        |---:|---|---:|---:|---|---|---|
        | 1 | a<b | 100.00 | 75.00 | 19.41 … 99.37 | no | resnet8 |
        | 2 | weak | 75.00 | 25.00 | 0.63 … 80.59 | no | resnet8 |

        """)
    #expect(
      board.text(.csv) == """
        data,norm,eps,rank,model,standard accuracy,robust accuracy,95 % interval (Clopper–Pearson),\
        potentially unreliable,architecture,images,attacks,not ranked because
        cifar10,Linf,8/255,1,a<b,100.00,75.00,19.41 … 99.37,no,resnet8,4,apgd-ce,
        cifar10,Linf,8/255,2,weak,75.00,25.00,0.63 … 80.59,no,resnet8,4,apgd-ce,

        """)
    #expect(board.text(.html).contains("<td>a&lt;b<td"))
  }
}
