import json
import threading

import pytest
from planted import BARE, Talk, hole, lacking, plant

from llmspell.host.launcher import launch
from llmspell.messages import Codec, Done, Failed, More, Start, ToHost
from llmspell.worker.watchdog import Watchdog

STUBBORN = """
class Planted:
    more = False
    late = False
    def __init__(self, *, jit, codegen): pass
    def __enter__(self): return self
    def limit(self, memory): pass
    def interrupt(self):
        self.late = True
        return True
    def step(self, frame):
        while not self.late: pass
        return b"interrupted"
"""

TALKATIVE = """
class Planted:
    more = False
    def __init__(self, *, jit, codegen): pass
    def __enter__(self): return self
    def limit(self, memory): self.memory = memory
    def interrupt(self): return False
    def step(self, frame):
        self.left = 3 if frame else self.left - 1
        self.more = self.left > 0
        return b"%d of %d" % (self.left, self.memory)
"""


def test_each_body_is_answered_by_one_step_of_the_engine() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock()
        assert [talk.ask(body) for body in (b"one", b"", b"x" * 300_000)] == [b"one", b"", b"x" * 300_000]


def test_bodies_that_arrive_together_are_answered_in_their_order() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock()
        for number in range(100):
            talk.send(b"%d" % number)
        assert [talk.hear() for _ in range(100)] == [b"%d" % number for number in range(100)]


def test_a_turn_goes_on_for_as_long_as_the_engine_says_so() -> None:
    with Talk(plant(TALKATIVE)) as talk:
        talk.lock(memory=77)
        talk.send(b"go")
        assert [talk.hear() for _ in range(4)] == [b"3 of 77", b"2 of 77", b"1 of 77", b"0 of 77"]


def test_a_worker_ends_well_when_the_host_hangs_up() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock()
        assert talk.hang_up() == 0


def test_a_worker_ends_well_when_the_host_hangs_up_before_the_handshake() -> None:
    with Talk(plant(BARE)) as talk:
        assert talk.hang_up() == 0


def test_an_engine_that_cannot_be_loaded_is_named_on_stderr() -> None:
    with Talk(plant("class Planted:\n def __init__(self, **flags): raise ImportError('no such library')")) as talk:
        assert talk.end() == 1
        assert talk.last_words() == b"ImportError: no such library"


def test_limits_that_are_not_limits_end_the_worker() -> None:
    with Talk(plant(BARE)) as talk:
        talk.send(b'{"memory": 1}')
        assert talk.end() == 1
        assert talk.last_words() == b"KeyError: 'turn'"


def test_a_frame_of_the_host_over_the_limit_is_not_read() -> None:
    with Talk(plant(BARE)) as talk:
        talk.lock(frame=1000)
        assert talk.ask(b"x" * 1000) == b"x" * 1000
        (message,) = json.loads(talk.ask(b"x" * 1001))
        assert message[0] == "e"
        assert talk.end() == 1


def test_a_frame_of_the_engine_over_the_limit_becomes_an_error() -> None:
    with Talk(hole()) as talk:
        talk.lock(frame=1000)
        (message,) = json.loads(talk.ask(b"answer = 'x' * 1000"))
        assert message == ["e", {"kind": "script", "message": message[1]["message"]}]
        assert "limit for a frame" in message[1]["message"]


@pytest.mark.parametrize(
    ("fault", "words", "private"),
    [
        ("raise MemoryError", "ran out of memory", b"out of memory"),
        ("raise ValueError('secret of the host')", "engine failed", b"ValueError"),
        ("raise SystemExit(0)", "engine failed", b"SystemExit"),
        ("raise KeyboardInterrupt", "engine failed", b"KeyboardInterrupt"),
        ("(lambda f: f(f))(lambda f: f(f))", "engine failed", b"RecursionError"),
        ("x = [bytearray(1 << 20) for _ in range(1000)]", "ran out of memory", b"out of memory"),
    ],
)
def test_an_engine_that_breaks_says_so_without_a_word_of_python(fault: str, words: str, private: bytes) -> None:
    with Talk(hole()) as talk:
        talk.lock()
        ((tag, error),) = json.loads(talk.ask(fault.encode()))
        assert (tag, error["kind"]) == ("e", "script")
        assert words in error["message"]
        assert talk.end() == 1
        assert talk.last_words() == private


def test_an_error_in_a_callback_of_native_code_ends_the_worker_at_once() -> None:
    callback = """
called = ctypes.CFUNCTYPE(None)(lambda: bytearray(1 << 40))
"""
    with Talk(hole(before=callback)) as talk:
        talk.lock()
        talk.send(b"called()")
        assert talk.end() == 1
        assert talk.last_words() == b"out of memory"


def test_the_watchdog_interrupts_a_step_that_takes_too_long() -> None:
    with Talk(plant(STUBBORN)) as talk:
        talk.lock(turn=0.05)
        assert talk.ask(b"") == b"interrupted"


def test_a_watchdog_interrupts_once_and_only_what_is_late() -> None:
    interrupted = threading.Semaphore(0)
    calls = []

    def interrupt() -> bool:
        calls.append(None)
        interrupted.release()
        return True

    watchdog = Watchdog(interrupt, 0.02)
    watchdog.start()
    for _ in range(1000):
        watchdog.arm()
        watchdog.disarm()
    for late in (1, 2, 3):
        watchdog.arm()
        assert interrupted.acquire(timeout=10)
        assert len(calls) == late
        assert not interrupted.acquire(timeout=0.1)
        watchdog.disarm()


def test_an_engine_is_made_in_an_empty_environment_at_the_root() -> None:
    with Talk(hole()) as talk:
        talk.lock()
        assert talk.run("answer = seen") == [{}, "/", ["0", "1", "2", "3"]]


# -- the real engines behind the real lock -----------------------------------------------------------------------------

LUA = """
local counts = {}
local function try(f) counts[#counts + 1] = pcall(f) end
try(function() for i = 1, 50000 do counts.text = string.format("%5.2f %s %q", i / 3, i, "a\\n") end end)
try(function() local t = {} for i = 1, 2e5 do t[i] = { (i * 7919) % 1000003 } end
  table.sort(t, function(a, b) return a[1] < b[1] end) end)
try(function() for i = 1, 20000 do coroutine.wrap(function() coroutine.yield(i) end)() end end)
try(function() return os.date("%c"), os.time { year = 2020, month = 7, day = 1 }, os.clock() end)
try(function() return ("the cat sat "):rep(1e4):gsub("%a+", { cat = "dog" }) end)
try(function() return math.random(), load("return 1 + 1")(), utf8.char(228, 8364) end)
try(function() local function deep() return 1 + deep() end deep() end)
try(function() local t = {} while true do t[#t + 1] = ("x"):rep(1e5) .. #t end end)
try(function() error({ code = 1 }) end)
counts.text = nil
return counts
"""

JAVASCRIPT = """
const counts = [];
const attempt_ = (f) => { try { f(); counts.push(true) } catch { counts.push(false) } };
attempt_(() => new Intl.DateTimeFormat("de", {dateStyle: "full", timeZone: "Asia/Tokyo"}).format(new Date(0)));
attempt_(() => ["b", "ä", "a"].sort(new Intl.Collator("de").compare).join() + new Intl.NumberFormat("hi").format(1e6));
attempt_(() => new Date().toString() + new Date().toLocaleString() + new Date(2020, 6, 1).getTimezoneOffset());
attempt_(() => [...Array(2e5).keys()].map((x) => (x * 7919) % 1000003).sort((a, b) => a - b));
attempt_(() => { const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2); fib(24) });
attempt_(() => (2n ** 20000n).toString());
attempt_(() => { for (let i = 0; i < 500; i++) new Float64Array(1e4).fill(i) });
attempt_(() => "x".repeat(1e5).replace(/x/g, "yy") + /(a+)+$/.test("a".repeat(20) + "b"));
attempt_(() => /\\p{Script=Greek}/u.test("\\u03b1") + "\\ufb00".normalize("NFKD").toLocaleUpperCase("tr"));
attempt_(() => JSON.parse(JSON.stringify([...Array(1e4)].map((_, i) => ({i})))));
attempt_(() => { for (let i = 0; i < 200; i++) new Function("x", `for (let j = 0; j < 999; j++) x += ${i}`)(1) });
attempt_(() => { const deep = () => 1 + deep(); deep() });
attempt_(() => { throw {code: 1} });
attempt_(() => { let n = 0; for (let i = 0; i < 5e5; i++) n = (n * 31 + i) | 0; return n }); // compiled as it runs
attempt_(() => { // compiled for some shapes, and given up for others
  const shapes = [{a: 1}, {b: 2, a: 1}, {a: 1.5}, {a: "x"}, {get a() { return 1 }}, [], new Proxy({a: 1}, {})];
  const read = (o) => o.a;
  for (let n = 1; n <= shapes.length; n++) for (let i = 0; i < 2e4; i++) read(shapes[i % n]);
});
attempt_(() => { // collected young and old, and moved together
  for (let n = 0; n < 5; n++) [...Array(4e4).keys()].map((i) => ({i, s: `${i}`, m: i % 9 ? 0 : new Map([[i, {}]])}));
});
attempt_(() => { for (let i = 0; i < 40; i++) new RegExp(`(a${i}|b+)*[^x]{${i % 7},}?$`, "u").test("ab".repeat(99)) });
attempt_(() => new Intl.Segmenter("ja", {granularity: "word"}).segment("日本語テキスト").containing(1).segment +
  new Intl.PluralRules("pl").select(5) + new Intl.RelativeTimeFormat("ar").format(-1, "day"));
attempt_(() => { for (const Kind of [Uint8Array, Int32Array, Float64Array]) new Kind(1e5).fill(3).slice(5).sort() });
await Promise.all([...Array(1000).keys()].map(async (i) => { await null; return i }));
export default counts
"""


def cast(language: str, source: str, *, jit: bool = True) -> ToHost:
    """Run a spell that calls nothing in a worker as the launcher makes it; return what it ends with."""
    codec = Codec(language)
    features = {"codegen": True}
    surface = {"ops": [{"op": "sleep"}], "types": [], "data": {}, "timer": "sleep", "features": features}
    limits = {"in_flight": 8, "output": 1 << 20, "frame": 1 << 20}
    with Talk(launch(language, jit=jit)) as talk:
        assert lacking(talk.lock()) == {}
        talk.send(codec.encode([Start(source, "test", None, 1, limits, surface)]))
        while True:
            messages = codec.decode(talk.hear())
            if not (messages and isinstance(messages[-1], More)):
                return messages[-1]


def test_nothing_that_lua_does_is_a_forbidden_system_call() -> None:
    assert cast("lua", LUA) == Done([True] * 6 + [False] * 3)


@pytest.mark.parametrize("jit", [True, False])
def test_nothing_that_javascript_does_is_a_forbidden_system_call(jit: bool) -> None:
    assert cast("javascript", JAVASCRIPT, jit=jit) == Done([True] * 11 + [False] * 2 + [True] * 6)


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("lua", "local t = {} while true do t[#t + 1] = {} end"),
        ("lua", "local s = 'x' while true do s = s .. s end"),
        ("lua", "return nil + 1"),
        ("lua", "return ("),
        ("javascript", "const held = []; while (true) held.push({x: [1]})"),
        ("javascript", "export default null.x"),
        ("javascript", "export default ("),
        ("javascript", "await new Promise(() => {})"),
    ],
)
def test_an_error_of_a_spell_is_told_from_behind_the_lock(language: str, source: str) -> None:
    end = cast(language, source)
    assert isinstance(end, Failed)
    assert end.error["kind"] == "script"
