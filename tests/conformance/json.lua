-- Json is JSON: what was encoded decodes to what it was.
local value = Json.decode('{"a":[1,2.5,null,true,"\\u017c\\ud83d\\ude00\\n",{}],"b":{"c":[]},"":0}')
local again = Json.decode(Json.encode(value))
return {
  value, again, Json.encode("a\"b\\\n\1ż"), Json.encode(Json.null), Json.encode { 1, Json.null, { x = 1.5 } }, Json.encode(Json.list {}), Json.encode {},
  Json.decode("null") == nil or Json.decode("null") == Json.null, Json.decode(" 1 "), Json.decode('"x"'), Json.encode(true), Json.encode(7),
}
