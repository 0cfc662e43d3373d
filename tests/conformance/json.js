// Json is JSON: what was encoded decodes to what it was.
const value = Json.decode('{"a":[1,2.5,null,true,"\\u017c\\ud83d\\ude00\\n",{}],"b":{"c":[]},"":0}');
const again = Json.decode(Json.encode(value));
export default [
  value, again, Json.encode("a\"b\\\n\x01ż"), Json.encode(Json.null), Json.encode([1, Json.null, { x: 1.5 }]), Json.encode(Json.list([])), Json.encode({}),
  Json.decode("null") === Json.null, Json.decode(" 1 "), Json.decode('"x"'), Json.encode(true), Json.encode(7),
];
