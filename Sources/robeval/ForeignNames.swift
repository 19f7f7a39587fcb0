/// What other programs of the field call this program's commands and options.
enum ForeignNames {
  static let commands = [
    "list": "architectures, attacks or recipes of robtrain", "ls": "architectures",
    "run": "evaluate", "eval": "evaluate", "benchmark": "evaluate",
    "test": "evaluate", "attack": "evaluate --attacks", "check": "verify", "compare": "diff",
    "leaderboard": "report", "board": "report", "table": "report", "convert": "import or export",
    "info": "inspect", "show": "inspect", "summary": "inspect", "train": "robtrain train",
    "recipes": "robtrain recipes", "resume": "evaluate, with the run's own options",
  ]

  /// Names of RobustBench, auto-attack, torchattacks, Foolbox and of the training scripts.
  static let options = [
    "--epsilon": "--eps", "--epsilons": "--eps", "--radius": "--eps",
    "--threat-model": "--norm", "--lp": "--norm", "--p": "--norm",
    "--n-ex": "--examples", "--n-examples": "--examples", "--num-examples": "--examples",
    "--num-images": "--examples", "--limit": "--examples", "-n": "--examples",
    "--start": "--offset", "--skip": "--offset", "--batch-size": "--width", "--bs": "--width",
    "--model-name": "--model", "--model-path": "--model", "--checkpoint": "--model",
    "--weights": "--model", "--network": "--model", "-m": "--model",
    "--architecture": "--arch", "--data-dir": "--data", "--data-path": "--data",
    "--attack": "--attacks", "--attacks-to-run": "--attacks", "--individual": "--attacks",
    "--save-dir": "--out", "--output-dir": "--out", "--out-dir": "--out", "--model-dir": "--out",
    "--folder": "--out", "--log-path": "--out, whose folder holds log.txt",
    "--state-path": "--out, whose folder a second run continues", "--resume": "--out",
    "--threads": "--lanes", "--workers": "--lanes", "--num-workers": "--lanes", "--jobs": "--lanes",
    "-j": "--lanes", "--device": "--backend", "--gpu": "--backend", "--cuda": "--backend",
    "--format": "--output", "--json": "--output json", "--quiet": "--progress none",
    "-q": "--progress none", "--threshold": "--fail-under", "--min-accuracy": "--fail-under",
    "--deviation": "--std", "--overwrite": "--force", "-f": "--force", "-y": "--force",
  ]
}
