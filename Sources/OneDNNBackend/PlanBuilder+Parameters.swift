internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// Where weights are: packed once for all plans, or in the arena for one training step.
enum Operand {
  case packed(OwnedMemory)
  case buffer(Buffer)
}

extension PlanBuilder {
  /// A kernel in the layout that a primitive asks for.
  mutating func kernel(
    _ kernel: PaddedKernel, as layout: Layout
  ) throws(BackendError) -> Operand {
    guard let store = training?.store else {
      return .packed(try network.weights.kernel(kernel, as: layout))
    }
    let target = buffer(of: UInt8.self, count: byteCount(layout))
    let plainLayout = try kernel.plainLayout()
    let plain =
      kernel.isUnpadded ? nil : buffer(of: UInt8.self, count: byteCount(plainLayout))
    let engine = network.engine
    let reorder = try Reorder(from: plainLayout, to: layout, engine: engine)
    let stream = try Stream(on: engine)
    try program.record { step throws(BackendError) in
      let packed = try step.memory(layout, at: step.writes(target))
      let padded = plain.map { step.writes($0) }
      let source = try step.memory(plainLayout, at: padded)
      return { _ throws(BackendError) in
        try store.withValues(of: kernel.name) { values throws(BackendError) in
          if let padded {
            kernel.pad(values, into: padded.floats)
          } else {
            try source.point(to: UnsafeMutableRawPointer(mutating: values))
          }
          try reorder.execute(in: stream, from: source, to: packed)
        }
      }
    }
    return .buffer(target)
  }

  /// A parameter with one value a channel, padded with zeros to whole blocks.
  mutating func vector(_ name: String, of channels: Int) throws(BackendError) -> Operand {
    guard let store = training?.store else { return .packed(try network.weights.vector(name)) }
    let count = padded(channels)
    let target = buffer(of: Float.self, count: count)
    program.record { step in
      let vector = step.writes(target)
      return { _ in
        store.withValues(of: name) { vector.floats.update(from: $0, count: channels) }
        (vector.floats + channels).update(repeating: 0, count: count - channels)
      }
    }
    return .buffer(target)
  }

  /// Hands a kernel's gradient over, from the layout in which a primitive gave it.
  mutating func appendGradient(
    of kernel: PaddedKernel, _ layout: Layout, _ gradient: Buffer
  ) throws(BackendError) {
    guard let store = training?.store else { return }
    let isFirst = differentiated.insert(store.name(of: kernel.name)).inserted
    store.announceGradient(of: kernel.name)
    let plainLayout = try kernel.plainLayout()
    let plain =
      isFirst && kernel.isUnpadded
      ? nil : buffer(of: UInt8.self, count: byteCount(plainLayout))
    let engine = network.engine
    let reorder = try Reorder(from: layout, to: plainLayout, engine: engine)
    let stream = try Stream(on: engine)
    try program.record { step throws(BackendError) in
      let source = try step.memory(layout, at: step.reads(gradient))
      let padded = plain.map { step.writes($0) }
      let target = try step.memory(plainLayout, at: padded)
      return { _ throws(BackendError) in
        try store.withGradient(of: kernel.name) { result throws(BackendError) in
          if padded == nil { try target.point(to: result) }
          try reorder.execute(in: stream, from: source, to: target)
          if let padded { kernel.unpad(padded.floats, into: result, adding: !isFirst) }
        }
      }
    }
  }

  /// Hands the gradient of a parameter with one value a channel over.
  mutating func appendGradient(of name: String, count: Int, _ gradient: Buffer) {
    guard let store = training?.store else { return }
    let isFirst = differentiated.insert(name).inserted
    store.announceGradient(of: name)
    program.record { step in
      let values = step.reads(gradient)
      return { _ in
        store.withGradient(of: name) { result in
          for channel in 0..<count {
            result[channel] = values.floats[channel] + (isFirst ? 0 : result[channel])
          }
        }
      }
    }
  }
}
