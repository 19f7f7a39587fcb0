@_exported public import Attacks
@_exported public import Checkpoints
@_exported public import Datasets
@_exported public import Evaluation
@_exported public import Execution
@_exported public import Graphs
@_exported public import Reports
@_exported public import Tensors
