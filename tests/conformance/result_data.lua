return { text = "t", list = { 1, 2.5, Json.null }, empty = Json.list {}, map = {} }
