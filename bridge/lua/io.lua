-- Lua's `io`, and what its `os` does with files, programs and variables: only where a spell is trusted with them.

local guest = ...
local faults, calls, arguments, files = guest.faults, guest.calls, guest.arguments, guest.files

local find, format = string.find, string.format
local pcall, select, tostring, type, xpcall = pcall, select, tostring, type, xpcall
local error = error

local stdin, stdout = files.new({ reads = true, input = true }), files.new({ writes = true, print = "out" })
local stderr = files.new({ writes = true, print = "err" })
local input, output = stdin, stdout

local io = { stdin = stdin, stdout = stdout, stderr = stderr, type = files.kind, lines = nil }
local programs = {} -- what needs programs
local system, running = {}, {} -- what `os` has of files, and of programs

local function text_of(verb, parameter, value)
  if type(value) == "number" then return tostring(value) end
  if type(value) ~= "string" then arguments.wrong(verb, parameter, "a string", value) end
  return value
end

-- Opens a file, or raises why not.
local function must_open(verb, path, mode)
  local file, problem = files.open(text_of(verb, "filename", path), mode)
  if not file then faults.raise({ kind = "script", message = format("%s: %s", verb, problem) }) end
  return file
end

function io.open(path, mode)
  path, mode = text_of("io.open", "filename", path), mode == nil and "r" or mode
  if type(mode) ~= "string" or not find(mode, "^[rwa]%+?b?$") then
    arguments.wrong("io.open", "mode", '"r", "w", "a", "r+", "w+" or "a+"', mode)
  end
  return files.open(path, mode)
end

function io.close(file)
  return files.close("io.close", file == nil and output or file)
end

function io.read(...)
  return files.read("io.read", input, ...)
end

function io.write(...)
  return files.write("io.write", output, ...)
end

function io.lines(path, ...)
  if path == nil then return files.lines("io.lines", input, false, ...) end
  return files.lines("io.lines", must_open("io.lines", path, "r"), true, ...), nil, nil, nil
end

local function chosen(verb, file, mode)
  if type(file) == "string" then return must_open(verb, file, mode) end
  if files.kind(file) ~= "file" then arguments.wrong(verb, "file", "a file or its name", file) end
  return file
end

function io.input(file)
  if file ~= nil then input = chosen("io.input", file, "r") end
  return input
end

function io.output(file)
  if file ~= nil then output = chosen("io.output", file, "w") end
  return output
end

function io.tmpfile()
  return files.new({ reads = true, writes = true, whole = true, ended = true })
end

function system.remove(path)
  path = text_of("os.remove", "filename", path)
  return files.try(path, "Fs.remove", path)
end

function system.rename(path, to)
  path, to = text_of("os.rename", "oldname", path), text_of("os.rename", "newname", to)
  return files.try(path, "Fs.move", path, to)
end

-- ---------------------------------------------------------------------------------------------------------------
-- Programs

-- Runs a command of the shell, and prints what it says on stderr.
local function run(command, given)
  local ended = calls.call(files.ops["System.run"], command, { input = given })
  if ended.err ~= "" then calls.print(ended.err, "err") end
  return ended
end

local function told(ended)
  return ended.status == 0 or nil, "exit", ended.status
end

function programs.popen(command, mode)
  command, mode = text_of("io.popen", "command", command), mode == nil and "r" or mode
  if mode ~= "r" and mode ~= "w" then arguments.wrong("io.popen", "mode", '"r" or "w"', mode) end
  local state = { whole = true, ended = true, reads = mode == "r", writes = mode == "w" }
  if mode == "r" then
    local ended = run(command)
    state.data = ended.out
    function state.on_close() return told(ended) end
  else
    function state.on_close()
      local ended = run(command, state.data)
      calls.print(ended.out)
      return told(ended)
    end
  end
  return files.new(state)
end

function running.execute(command)
  if command == nil then return true end
  local ended = run(text_of("os.execute", "command", command))
  if ended.out ~= "" then calls.print(ended.out) end
  return told(ended)
end

function running.tmpname()
  return calls.call(files.ops["System.temporary"])
end

-- ---------------------------------------------------------------------------------------------------------------
-- What a spell gets

local function add(target, source)
  for name, member in guest.order.pairs(source) do target[name] = member end
end

local library = {}

-- Adds to the globals and to the members of `os` what this run allows. What needs a shell or the whole environment is
-- only there where all of it is granted: an op may exist for less, under rules that these words do not know.
function library.offer(ops, noun, globals, members, features)
  files.ops = ops
  add(members, system)
  if ops["System.run"] and features.shell ~= false then
    add(io, programs)
    add(members, running)
  end
  if ops["System.env"] and features.environment ~= false then
    function members.getenv(name)
      return calls.call(ops["System.env"], text_of("os.getenv", "varname", name))
    end
  end
  local exit = members.exit
  function members.exit(...)
    files.finish()
    return exit(...)
  end
  globals.io = noun("io", io)
end

local function raised(problem)
  return faults.of(problem, faults.places())
end

-- Calls the body of a spell, and writes what its files hold back, however it ends.
function library.around(body)
  return function()
    local ok, result = xpcall(body, raised)
    if calls.over() then calls.halt() end
    files.finish()
    if not ok then error(result, 0) end
    return result
  end
end

return library
