-- What a spell sees of JSON.

local guest = ...
local writer, reader, faults, arguments = guest.writer, guest.reader, guest.faults, guest.arguments

local error, next, pcall, rawlen, type = error, next, pcall, rawlen, type

local options, text_of, wrong = arguments.options, arguments.text_of, arguments.wrong

local json = { null = writer.null }

function json.encode(value, given)
  given = options("Json.encode", given, arguments.OF_ENCODE)
  local ok, text = pcall(writer.encode, value, given.pretty)
  if not ok then error(faults.refused("Json.encode", text), 0) end
  return text
end

function json.decode(text, given)
  text, given = text_of("Json.decode", "text", text), options("Json.decode", given, arguments.OF_DECODE)
  local ok, value = pcall(reader.decode, text, given.big)
  if not ok then error(faults.refused("Json.decode", value, "script"), 0) end
  return value
end

function json.list(items)
  if items == nil then items = {} end
  if type(items) ~= "table" then wrong("Json.list", "items", "a list", items) end
  if rawlen(items) == 0 and next(items) ~= nil then wrong("Json.list", "items", "a list", items) end
  writer.lists[items] = true
  return items
end

return json
