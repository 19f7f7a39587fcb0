/// What other programs of the field call this program's commands and options.
enum ForeignNames {
  static let commands = [
    "list": "recipes", "ls": "recipes", "models": "robeval architectures",
    "architectures": "robeval architectures", "search": "search-temperature",
    "evaluate": "robeval evaluate", "pgdat": "pgd-at", "adversarial": "pgd-at",
    "nfgsm": "n-fgsm", "fgsm-rs": "fast-at", "fgsm": "fast-at", "fast": "fast-at",
    "clean": "natural",
    "standard": "natural",
  ]

  /// Names of the scripts of TRADES, AWP, IKL and of the distillation programs.
  static let options = [
    "--epsilon": "--eps", "--radius": "--eps", "--batch-size": "--batch", "--bs": "--batch",
    "--learning-rate": "--lr", "--model": "--arch", "--model-s": "--arch", "--network": "--arch",
    "--architecture": "--arch", "--model-dir": "--output", "--save-dir": "--output",
    "--log-dir": "--output", "--out": "--output", "-o": "--output", "--data-dir": "--data",
    "--path-t": "--teacher", "--num-steps": "--steps", "--resume": "--output",
    "--workers": "--threads", "--num-workers": "--threads", "--lanes": "--threads",
    "--device": "--backend", "--gpu": "--backend", "--n-epochs": "--epochs",
    "--num-epochs": "--epochs",
  ]
}
