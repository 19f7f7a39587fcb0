internal import CKernels
internal import Execution
internal import Graphs
internal import Tensors

/// Where the caller's values enter and leave: images, logits, cotangents, gradients.
extension PlanBuilder {
  /// The image enters, in blocks or as it comes.
  mutating func appendImage(_ stage: Stage, _ constants: Normalization?) -> WayBack {
    let target = newActivation(stage.output)
    let shape = kernelsShape(stage.output)
    let channels = network.input.channels
    let mean = constants?.mean ?? [Float](repeating: 0, count: channels)
    let deviation = constants?.deviation ?? [Float](repeating: 1, count: channels)
    let isPlanar = network.planarImage == stage.output
    let (team, count) = (team, network.input.count)
    program.record { step in
      let values = step.writes(target)
      if isPlanar {
        return { bindings in
          kernels_normalize_planar(
            shape, channels, bindings.images, mean, deviation, values.floats)
        }
      }
      return { bindings in
        guard let images = bindings.images else { return }
        team.run(shape) { part in
          kernels_pack(
            part.shape, channels, images + part.image * count, mean, deviation,
            values.floats + part.values)
        }
      }
    }
    return WayBack { (builder, cotangent) throws(BackendError) in
      builder.appendImageGradient(stage.output, deviation, cotangent)
    }
  }

  private mutating func appendImageGradient(
    _ image: Int, _ deviation: [Float], _ cotangent: Buffer
  ) {
    if !wanted.contains(image) { return }
    let (shape, team) = (kernelsShape(image), team)
    let (channels, count) = (network.input.channels, network.input.count)
    program.record { step in
      let values = step.reads(cotangent)
      return { bindings in
        guard let gradients = bindings.gradients else { return }
        team.run(shape) { part in
          kernels_unpack(
            part.shape, channels, values.floats + part.values, deviation,
            gradients + part.image * count)
        }
      }
    }
  }

  /// The last value leaves.
  mutating func appendLogits(_ value: Int) {
    let source = activation(value)
    let (batch, classes) = (batch, network.classes)
    let rowLength = network.shapes[value].paddedCount
    program.record { step in
      let values = step.reads(source)
      return { bindings in
        guard let logits = bindings.logits else { return }
        for image in 0..<batch {
          (logits + image * classes).update(
            from: values.floats + image * rowLength, count: classes)
        }
      }
    }
  }

  /// The cotangent of the last value enters.
  mutating func appendCotangent(of value: Int) {
    let target = buffer(for: value)
    let (batch, classes) = (batch, network.classes)
    let rowLength = network.shapes[value].paddedCount
    program.record { step in
      let target = step.writes(target)
      return { bindings in
        guard let cotangent = bindings.cotangent else { return }
        let values = target.floats
        values.update(repeating: 0, count: batch * rowLength)
        for image in 0..<batch {
          (values + image * rowLength).update(from: cotangent + image * classes, count: classes)
        }
      }
    }
    contribute(target, to: value)
  }
}
