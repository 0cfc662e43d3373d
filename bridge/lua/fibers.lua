-- Fibers: who runs, who waits, who is cancelled with whom. Everything is decided first in, first out.

local guest = ...
local faults, order = guest.faults, guest.order

local close, create, isyieldable = coroutine.close, coroutine.create, coroutine.isyieldable
local resume, running, status, yield = coroutine.resume, coroutine.running, coroutine.status, coroutine.yield
local format, rep, sort = string.format, string.rep, table.sort
local error, next, rawequal, setmetatable, tonumber, type = error, next, rawequal, setmetatable, tonumber, type

local TOKEN = {} -- what a fiber yields while it waits; a spell never sees it

local PARENT_ENDED = "the function that started it has ended"
local CANNOT_WAIT = " cannot wait here: inside a sort comparator, a gsub callback, or a metamethod that tostring, "
  .. "print or ipairs calls"
local CALL_BEFORE = "what a function of the library calls back cannot be suspended: call it before, and use the result "
  .. "here"

local fibers = {}

local current -- the fiber that runs, or ran last
local selected -- the fiber that runs next
local outcome_ok, outcome -- how its last run went

local queue, head, tail = {}, 1, 0 -- the fibers that are ready
local made = 0
local stopping = false -- whether somebody wants the run to end
local fixed = 0 -- how many coroutines run inside something that cannot be suspended
local owned = setmetatable({}, guest.weak) -- the threads of fibers
local busy = setmetatable({}, guest.weak) -- coroutines of the spell that wait for the host
local reserve = rep("\0", 0x40000) -- given up when memory has run out, so that the error can still be told

-- ---------------------------------------------------------------------------------------------------------------
-- Ready and waiting

local function push(fiber)
  tail = tail + 1
  queue[tail] = fiber
end

local function pop()
  local fiber = queue[head]
  if fiber then
    queue[head] = nil
    head = head + 1
  end
  return fiber
end

function fibers.current()
  return current
end

function fibers.idle()
  return head > tail
end

-- Whether the running code can wait: not inside a callback of a C function.
function fibers.can_wait()
  return fixed == 0 and isyieldable()
end

-- Raises where the running code cannot wait, before anything of what is called is sent or begun.
function fibers.must_wait(called, hint)
  if fibers.can_wait() then return end
  faults.raise({ kind = "script", message = called .. CANNOT_WAIT, hint = hint or CALL_BEFORE })
end

-- Raises when the running fiber is cancelled.
function fibers.check()
  local reason = current.cancelled or current.closing and PARENT_ENDED
  if reason then faults.raise({ kind = "cancelled", message = reason }) end
end

-- Suspends the running fiber until it is woken for `what`; returns what it is woken with.
function fibers.wait(what)
  current.waiting = what
  local ok, value = yield(TOKEN)
  if ok == nil then fibers.check() end
  return ok, value
end

-- Lets a fiber go on that waits for `what`.
function fibers.wake(fiber, what, ok, value)
  if fiber.waiting ~= what then return end
  fiber.waiting = nil
  fiber.first, fiber.second = ok, value
  push(fiber)
end

-- Lets the worker speak to the host; then the running fiber goes on, before any other.
function fibers.breathe()
  if not fibers.can_wait() then return end
  head = head - 1
  queue[head] = current
  yield(TOKEN)
end

-- Stops the running fiber for good, where it can be stopped.
function fibers.halt()
  if fibers.can_wait() then yield(TOKEN) end
end

-- Drops all that is ready: the run is over.
function fibers.drop()
  queue, head, tail = {}, 1, 0
end

-- ---------------------------------------------------------------------------------------------------------------
-- Beginning and end

-- Makes a thread; `fibers.watch` is told of it, where there is somebody who looks on.
local function thread_of(fn)
  local thread = create(fn)
  if fibers.watch then fibers.watch(thread) end
  return thread
end

-- Makes a fiber that calls fn(first, second); `site` is the place of the verb that makes it.
function fibers.start(parent, fn, first, second, site)
  local thread = thread_of(fn)
  made = made + 1
  local fiber = {
    thread = thread, address = tonumber(format("%p", thread)), number = made, parent = parent, site = site,
    first = first, second = second, begun = false, live = 0,
  }
  owned[thread] = fiber
  if parent then
    parent.children = parent.children or {}
    parent.children[made] = fiber
    parent.live = parent.live + 1
    fiber.cancelled = parent.cancelled or parent.closing and PARENT_ENDED
  end
  push(fiber)
  return fiber
end

local function is_older(left, right)
  return left.number < right.number
end

local function cancel_children(fiber, reason)
  local children = {}
  for _, child in next, fiber.children or {} do children[#children + 1] = child end
  sort(children, is_older)
  for i = 1, #children do fibers.cancel(children[i], reason) end
end

-- Cancels a fiber and all below it. The lowest are woken first, so that a parent sees its children ended. Where the
-- whole run is stopped, a fiber that keeps what its children leave behind waits until they have ended.
function fibers.cancel(fiber, reason)
  if fiber.cancelled or fiber.ended then return end
  fiber.cancelled = reason
  cancel_children(fiber, reason)
  local what = fiber.waiting
  if what == nil or stopping and fiber.keeps then return end
  if type(what) == "number" then fibers.quit(what) end
  fibers.wake(fiber, what, nil)
end

-- Cancels all: somebody wants the run to end.
function fibers.stop(root, reason)
  stopping = true
  fibers.cancel(root, reason)
end

function fibers.stopping()
  return stopping
end

local function finish(fiber)
  local parent = fiber.parent
  fiber.ended = true
  if parent then
    parent.children[fiber.number] = nil
    parent.live = parent.live - 1
    if fiber.task and not fiber.ok and not fiber.cancelled then
      parent.failures = parent.failures or {}
      parent.failures[#parent.failures + 1] = fiber
    end
  end
  local waiters = fiber.waiters or {}
  for i = 1, #waiters do fibers.wake(waiters[i], fiber, true) end
  if fiber.on_end then fiber.on_end(fiber) end
  if parent and parent.closing and parent.live == 0 then return finish(parent) end
end

-- The first of a fiber's tasks that failed and that nobody has waited for.
local function lost_task(fiber)
  local failures = fiber.failures or {}
  for i = 1, #failures do
    if not failures[i].waited then return failures[i] end
  end
end

-- The function of a fiber has ended; the fiber itself ends with the last of its children.
local function conclude(fiber, ok, value)
  local lost = ok and lost_task(fiber)
  if lost then ok, value = false, lost.value end
  fiber.closing, fiber.ok, fiber.value = true, ok, value
  if fiber.live == 0 then return finish(fiber) end
  cancel_children(fiber, PARENT_ENDED)
end

-- Takes note of how the last run went.
function fibers.settle()
  local fiber, ok, value = selected, outcome_ok, outcome
  selected, outcome = nil, nil
  if not fiber or ok and rawequal(value, TOKEN) then return end
  local thread = fiber.thread
  fiber.thread = nil
  if ok then return conclude(fiber, true, value) end
  local exhausted = value == "not enough memory"
  if exhausted then reserve = nil end
  fiber.ok, fiber.value = false, faults.of(value, faults.places(thread))
  fiber.value.where = fiber.value.where or fiber.site
  close(thread)
  if exhausted and not fiber.parent then return finish(fiber) end -- to cancel its children would take memory
  conclude(fiber, false, fiber.value)
end

-- ---------------------------------------------------------------------------------------------------------------
-- The worker's side: it selects a fiber, learns the address of its thread, and only then runs it

function fibers.select()
  while true do
    local fiber = pop()
    if not fiber then return nil end
    if fiber.begun or not fiber.cancelled then
      selected = fiber
      return fiber.address
    end
    conclude(fiber, false, faults.new({ kind = "cancelled", message = fiber.cancelled, where = fiber.site }, {}))
  end
end

-- A function gets no more arguments than there are: an op would count them.
local function begin(thread, first, second)
  if second ~= nil then return resume(thread, first, second) end
  if first ~= nil then return resume(thread, first) end
  return resume(thread)
end

function fibers.run()
  local fiber = selected
  local go_on, first, second = fiber.begun and resume or begin, fiber.first, fiber.second
  current = fiber
  fiber.first, fiber.second, fiber.begun = nil, nil, true
  outcome_ok, outcome = go_on(fiber.thread, first, second)
end

-- The places where the last fiber is that ran.
function fibers.places()
  if not current then return {} end
  return current.thread and faults.places(current.thread) or { current.site }
end

-- ---------------------------------------------------------------------------------------------------------------
-- Coroutines of the spell: a call of the host passes through them to the fiber

local library = {}
local forward

local function go_on(co, ...)
  busy[co] = nil
  return forward(co, resume(co, ...))
end

function forward(co, ok, value, ...)
  if not ok or not rawequal(value, TOKEN) then return ok, value, ... end
  busy[co] = true
  return go_on(co, yield(TOKEN))
end

local function loosen(...)
  fixed = fixed - 1
  return ...
end

function library.resume(co, ...)
  if type(co) ~= "thread" then return faults.native(resume, co) end
  if owned[co] or busy[co] then return false, "cannot resume non-suspended coroutine" end
  if fibers.can_wait() then return forward(co, resume(co, ...)) end
  fixed = fixed + 1
  return loosen(resume(co, ...))
end

local function unwrap(co, ok, ...)
  if ok then return ... end
  if status(co) == "dead" then close(co) end
  error((...), 0)
end

function library.create(fn)
  if type(fn) ~= "function" then return faults.native(create, fn) end
  local co = thread_of(fn)
  order.number(co)
  return co
end

function library.wrap(fn)
  if type(fn) ~= "function" then return faults.native(create, fn) end
  local co = thread_of(fn)
  local function wrapped(...) return unwrap(co, library.resume(co, ...)) end
  order.number(wrapped)
  return wrapped
end

function library.yield(...)
  if running() == current.thread then error("attempt to yield from outside a coroutine", 2) end
  return yield(...)
end

function library.isyieldable(co)
  co = co or running()
  return not owned[co] and faults.native(isyieldable, co)
end

function library.running()
  local co = running()
  order.number(co)
  return co, co == current.thread
end

function library.status(co)
  if owned[co] then return co == running() and "running" or "normal" end
  if busy[co] then return "normal" end
  return faults.native(status, co)
end

function library.close(co)
  if owned[co] or busy[co] then error("cannot close a running coroutine", 2) end
  return faults.native(close, co)
end

fibers.library = library

return fibers
