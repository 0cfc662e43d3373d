local name = "lib." .. "util"
return require(name)
