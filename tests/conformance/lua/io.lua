local function none(value) if value == nil then return false end return value end
local result = {}
local f, problem, number = io.open("nope.txt")
result.missing = { none(f), problem, number }
Fs.mkdir("sub")
result.is_folder = select(2, io.open("sub"))
result.lines = {}
for line in io.lines("in.txt") do result.lines[#result.lines + 1] = line end

f = io.open("in.txt", "rb")
f:read("l")
local a, b, c, d = f:read("n", "n", "n", "*n")
result.numbers = { a, b, c, d == nil and "fail" or d, (f:read("L"):gsub("\n", "")) }
f:seek("set")
result.chunks = { f:read("L"), f:read(0), f:read(1), (f:read("a")) ~= "" and f:read("a") == "" and f:read("l") == nil }
result.seeks = { f:seek("set", 4), #f:read(1), f:seek("cur", -5), f:seek("end") }
result.kinds = { io.type(f) }
f:close()
result.kinds[2], result.kinds[3] = io.type(f), io.type(1) or "none"
result.closed = tostring(select(2, pcall(f.read, f)))
f = io.open("bin", "rb")
local bytes = f:read("a")
f:close()
result.binary = { #bytes, bytes:byte(2), bytes:byte(4) }

f = io.open("plus.txt", "w+")
f:write("one\n"):seek("set")
f:write("ONE")
f:flush()
result.plus = Fs.read("plus.txt")
f:close()
f = io.open("add.txt", "w")
f:write("a")
f:close()
f = io.open("add.txt", "a+")
f:seek("set")
f:write("+", "b")
f:seek("set")
result.appended = f:read("a")
f:close()
f = io.open("pad.bin", "w")
f:write("ab")
f:seek("set", 4)
f:write("cd")
f:close()
result.padded = Fs.stat("pad.bin").size

result.wrong = tostring(select(2, pcall(io.open, "in.txt", "x")))
result.no_lines = tostring(select(2, pcall(io.lines, "nope.txt")))
f = io.open("in.txt")
local ok
ok, problem, number = f:write("x")
result.bad_read = { none(ok), problem, number }
f:close()
f = io.tmpfile()
f:write("tmp")
f:seek("set")
result.temporary = f:read("a")
Fs.write("x1", "")
result.renamed = os.rename("x1", "x2")
result.removed = { os.remove("x2"), none((os.remove("x2"))), (select(2, os.remove("x2"))) }
ok, problem, number = os.execute("exit 3")
result.execute = { none(ok), problem, number }
result.shell = os.execute()
f = io.popen("printf 'a\\nb\\n'")
result.popen = { f:read("l", "l") }
result.status = { f:close() }
f = io.popen("cat > piped.txt", "w")
f:write("through a pipe")
f:close()
result.unset = os.getenv("LLMSPELL_NO_SUCH_VARIABLE") == nil
local name = os.tmpname()
result.tmpname = Fs.exists(name) and os.remove(name)
result.comparator = tostring(select(2, pcall(string.gsub, "x", "x", function() return io.open("in.txt") end)))
io.write("no newline ", 42, "\n")
io.stdout:write("printed\n")
do
  local scoped <close> = io.open("scoped.txt", "w")
  scoped:write("closed")
end
io.output("default.txt")
io.write("kept")
io.close()
io.output(io.stdout)
io.input("default.txt")
result.defaults = io.read("a")
io.open("unclosed.txt", "w"):write("written at the end")
return result
