internal import COneDNN
internal import Execution
internal import Graphs
internal import Tensors

/// Where weights are: packed once for all plans, or in the arena for one training step.
enum Operand {
  case packed(OwnedMemory)
  case buffer(ArenaPlan.Buffer)

  /// What a step that reads it touches.
  var buffers: [ArenaPlan.Buffer] {
    switch self {
    case .packed: []
    case .buffer(let buffer): [buffer]
    }
  }

  /// The values, once the arena is placed.
  func floats(_ resolve: PlanBuilder.Resolver) -> UnsafePointer<Float> {
    switch self {
    case .packed(let memory): memory.floats
    case .buffer(let buffer): UnsafePointer(resolve(buffer))
    }
  }
}

extension PlanBuilder {
  /// A kernel in the layout that a primitive asks for.
  mutating func kernel(
    _ kernel: PaddedKernel, as layout: Layout
  ) throws(BackendError) -> Operand {
    guard let store = training?.store else {
      return .packed(try network.weights.kernel(kernel, as: layout))
    }
    let target = buffer(bytes: byteCount(layout))
    let plainLayout = try kernel.plainLayout()
    let plain = kernel.isUnpadded ? nil : buffer(bytes: byteCount(plainLayout))
    let reorder = try Reorder(from: plainLayout, to: layout, engine: network.engine)
    let engine = network.engine
    append(touching: [target] + (plain.map { [$0] } ?? [])) { resolve throws(BackendError) in
      let padded = plain.map { resolve($0) }
      let source = try Memory(plainLayout, at: padded, engine: engine)
      let packed = try Memory(layout, at: resolve(target), engine: engine)
      let stream = try Stream(on: engine)
      return { _ throws(BackendError) in
        let values = store.values(of: kernel.name)
        if let padded {
          kernel.pad(values, into: padded)
        } else {
          try source.point(to: UnsafeMutableRawPointer(mutating: values))
        }
        try reorder.execute(in: stream, from: source, to: packed)
      }
    }
    return .buffer(target)
  }

  /// A parameter with one value a channel, padded with zeros to whole blocks.
  mutating func vector(_ name: String, of channels: Int) throws(BackendError) -> Operand {
    guard let store = training?.store else { return .packed(try network.weights.vector(name)) }
    let count = padded(channels)
    let target = buffer(bytes: count * MemoryLayout<Float>.stride)
    append(touching: [target]) { resolve in
      let vector = resolve(target)
      return { _ in
        vector.update(from: store.values(of: name), count: channels)
        (vector + channels).update(repeating: 0, count: count - channels)
      }
    }
    return .buffer(target)
  }

  /// Hands a kernel's gradient over, from the layout in which a primitive gave it.
  mutating func appendGradient(
    of kernel: PaddedKernel, _ layout: Layout, _ gradient: ArenaPlan.Buffer
  ) throws(BackendError) {
    guard let store = training?.store else { return }
    let isFirst = differentiated.insert(store.name(of: kernel.name)).inserted
    let plainLayout = try kernel.plainLayout()
    let plain =
      isFirst && kernel.isUnpadded ? nil : buffer(bytes: byteCount(plainLayout))
    let reorder = try Reorder(from: layout, to: plainLayout, engine: network.engine)
    let engine = network.engine
    append(touching: [gradient] + (plain.map { [$0] } ?? [])) { resolve throws(BackendError) in
      let padded = plain.map { resolve($0) }
      let source = try Memory(layout, at: resolve(gradient), engine: engine)
      let target = try Memory(plainLayout, at: padded, engine: engine)
      let stream = try Stream(on: engine)
      return { _ throws(BackendError) in
        let result = store.gradient(of: kernel.name)
        if padded == nil { try target.point(to: result) }
        try reorder.execute(in: stream, from: source, to: target)
        if let padded { kernel.unpad(padded, into: result, adding: !isFirst) }
      }
    }
  }

  /// Hands the gradient of a parameter with one value a channel over.
  mutating func appendGradient(of name: String, count: Int, _ gradient: ArenaPlan.Buffer) {
    guard let store = training?.store else { return }
    let isFirst = differentiated.insert(name).inserted
    append(touching: [gradient]) { resolve in
      let values = resolve(gradient)
      return { _ in
        let result = store.gradient(of: name)
        for channel in 0..<count {
          result[channel] = values[channel] + (isFirst ? 0 : result[channel])
        }
      }
    }
  }
}
