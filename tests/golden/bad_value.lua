local node = { name = "root" }
node.parent = node
Log.info("tree", { node = node })
