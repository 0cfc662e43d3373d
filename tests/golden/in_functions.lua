local function parse(line)
  return line.title:upper()
end

local function load_book(line)
  local book = parse(line)
  return book
end

local function main()
  local book = load_book({})
  return book
end

local result = main()
return result
