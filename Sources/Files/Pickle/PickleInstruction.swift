/// The instructions a pickle may contain, by their byte.
enum PickleInstruction: UInt8 {
  case proto = 0x80
  case frame = 0x95
  case stop = 0x2e
  case mark = 0x28
  case pop = 0x30
  case popMark = 0x31
  case duplicate = 0x32

  case none = 0x4e
  case newTrue = 0x88
  case newFalse = 0x89
  case int = 0x49
  case long = 0x4c
  case float = 0x46
  case binInt = 0x4a
  case binInt1 = 0x4b
  case binInt2 = 0x4d
  case long1 = 0x8a
  case long4 = 0x8b
  case binFloat = 0x47
  case string = 0x54
  case shortString = 0x55
  case text = 0x58
  case shortText = 0x8c
  case longText = 0x8d
  case bytes = 0x42
  case shortBytes = 0x43
  case longBytes = 0x8e
  case byteArray = 0x96

  case emptyTuple = 0x29
  case tuple = 0x74
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case emptyList = 0x5d
  case list = 0x6c
  case append = 0x61
  case appends = 0x65
  case emptyDictionary = 0x7d
  case dictionary = 0x64
  case setItem = 0x73
  case setItems = 0x75
  case emptySet = 0x8f
  case addItems = 0x90
  case frozenSet = 0x91

  case put = 0x71
  case longPut = 0x72
  case memoize = 0x94
  case get = 0x68
  case longGet = 0x6a

  case global = 0x63
  case stackGlobal = 0x93
  case reduce = 0x52
  case newObject = 0x81
  case newObjectWithKeywords = 0x92
  case build = 0x62
  case persistentID = 0x51
}
