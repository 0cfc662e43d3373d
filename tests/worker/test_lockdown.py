"""What a worker that has been taken over entirely is worth: the planted engine runs any Python that a test sends."""

import os
import platform
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from planted import BARE, Talk, hole, lacking, plant

from llmspell.worker import landlock, seccomp

LINES = Path(__file__).with_name("system_calls.txt").read_text("utf-8").splitlines()
COLUMN = {"x86_64": 1, "aarch64": 2}[platform.machine()]
PROBES = [
    (words[0], int(words[COLUMN]), words[3:])
    for line in LINES
    if not line.startswith("#") and (words := shlex.split(line))[COLUMN] != "-"
]
CONFIGURATIONS = [("lua", False), ("javascript", True), ("javascript", False)]

# Refusals instead of a kill, so that one worker can make all the attempts.
REFUSE = "seccomp.otherwise = seccomp.REFUSE\n"
UNFILTERED = "def refuse(*_, **__): raise OSError(38, 'Function not implemented')\nseccomp.install = refuse\n"
ATTEMPT = f"""
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
space = ctypes.create_string_buffer(4096)
def attempt(number, words):
    values = [{{"SPACE": space, "PARENT": {os.getpid()}}}.get(word, word) for word in words]
    digits = lambda value: isinstance(value, str) and value.lstrip("-")[:1].isdigit()
    values = [int(value, 0) if digits(value) else value for value in values]
    values = [value.encode() if isinstance(value, str) else value for value in values]
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    result = libc.syscall(ctypes.c_long(number), *values)
    return errno.errorcode[ctypes.get_errno()] if result == -1 else "done"
"""


def status(pid: int) -> list[str]:
    """Return what the kernel says of each thread."""
    return [path.read_text("utf-8") for path in Path(f"/proc/{pid}/task").glob("*/status")]


def number(name: str) -> int:
    return next(number for probe, number, _ in PROBES if probe == name)


# -- through the filter ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_every_system_call_that_reaches_out_is_refused(behind: str, jit: bool) -> None:
    with Talk(hole(behind, jit=jit, before=REFUSE + ATTEMPT)) as talk:
        assert lacking(talk.lock()) == {}
        assert all("Seccomp:\t2\n" in thread for thread in status(talk.pid))  # before anything dangerous is tried
        answers = talk.run(f"answer = [attempt(number, words) for _, number, words in {PROBES!r}]")
    refused = [answer in ("EPERM", "EACCES") for answer in answers]
    assert [probe for probe, no in zip(PROBES, refused, strict=True) if not no] == []
    assert sum(refused) >= 60


@pytest.mark.parametrize(
    "attack",
    [
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "_socket.socket()",
        "os.kill(os.getppid(), 0)",
        "os.pidfd_open(1)",
        "os.memfd_create('x')",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",
        "_thread.start_new_thread(print, ())",
        "ctypes.CDLL(None).syscall(425, 8, 0)",
        "ctypes.CDLL(None).syscall(101, 16, os.getppid(), 0, 0)",
        "ctypes.CDLL(None).syscall(0x40000000 + 39)",
        "ctypes.CDLL(None).syscall(100_000)",
    ],
)
def test_a_forbidden_system_call_ends_the_worker_at_once(attack: str) -> None:
    with Talk(hole(before="import _socket, _thread, resource")) as talk:
        talk.lock()
        talk.send(attack.encode())
        assert talk.end() == -signal.SIGSYS


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_memory_becomes_executable_only_for_a_compiler(behind: str, jit: bool) -> None:
    mmap, mprotect = ((9, 10), (222, 226))[COLUMN - 1]
    with Talk(hole(behind, jit=jit, before=REFUSE + ATTEMPT)) as talk:
        talk.lock()
        mapped, changed = talk.run(f"""
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
answer = [
    attempt({mmap}, ["0", "4096", "7", "0x22", "-1", "0"]),
    attempt({mprotect}, [str(address), "4096", "5"]),
]""")
    assert (mapped, changed) == (("done", "done") if jit else ("EPERM", "EPERM"))


def test_machine_code_cannot_speak_another_dialect_of_system_calls() -> None:
    code = """
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)
page.write(bytes.fromhex("b814000000cd80c3"))  # getpid as a 32-bit program asks for it
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
"""
    with Talk(hole("javascript", jit=True)) as talk:
        talk.lock()
        talk.send(code.encode())
        assert talk.end() in (-signal.SIGSYS, -signal.SIGSEGV, -signal.SIGILL)


def test_a_worker_may_signal_itself_so_that_an_abort_is_seen_as_one() -> None:
    with Talk(hole()) as talk:
        talk.lock()
        talk.send(b"os.abort()")
        assert talk.end() == -signal.SIGABRT


# -- what else stands around it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_a_worker_holds_four_descriptors_and_no_environment(behind: str, jit: bool) -> None:
    look = """
def works(call, *arguments):
    try: call(*arguments)
    except OSError as error: return error.errno != errno.EBADF
    return True
def is_open(number):
    return works(os.read, number, 0) or works(os.write, number, b"")
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
answer = [[number for number in range(4096) if is_open(number)], bool(environ) and bool(environ[0])]
"""
    with Talk(hole(behind, jit=jit)) as talk:
        talk.lock()
        assert talk.run(look) == [[0, 1, 2, 3], False]


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_every_thread_is_locked_and_has_no_privileges(behind: str, jit: bool) -> None:
    with Talk(hole(behind, jit=jit)) as talk:
        locked = talk.lock()
        threads = status(talk.pid)
    assert lacking(locked) == {}
    assert locked["isolation"].keys() - {"namespaces"} == {
        *("process", "fixed_code", "uid", "parent_death", "undumpable"),
        *("no_new_privs", "landlock", "watchdog", "rlimits", "seccomp"),
    }
    assert locked["isolation"]["uid"] != 0
    assert len(threads) >= 2
    for thread in threads:
        said = dict(re.findall(r"^(\w+):[ \t]*(.*)$", thread, re.MULTILINE))
        assert (said["Seccomp"], said["NoNewPrivs"]) == ("2", "1")
        assert {said[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
        assert said["Uid"].split() == [str(locked["isolation"]["uid"])] * 4
        assert os.getuid() != 0 or said["Groups"].strip() == ""


def test_limits_of_the_system_cannot_be_passed() -> None:
    with Talk(hole()) as talk:
        talk.lock(cpu=7)
        text = Path(f"/proc/{talk.pid}/limits").read_text("utf-8")
    limits = {
        name.strip(): (soft, hard) for name, soft, hard in re.findall(r"^(.{25}) (\w+) +(\w+)", text, re.MULTILINE)
    }
    assert limits["Max core file size"] == limits["Max file size"] == limits["Max processes"] == ("0", "0")
    assert limits["Max locked memory"] == ("0", "0")
    assert limits["Max open files"] == ("4", "4")
    assert limits["Max cpu time"] == ("8", "9")  # a part of the first second is the worker's own
    assert limits["Max address space"][0] == limits["Max address space"][1] != "unlimited"


@pytest.mark.parametrize(("behind", "jit"), CONFIGURATIONS)
def test_memory_ends_at_the_limit_above_what_the_engine_uses_itself(behind: str, jit: bool) -> None:
    take = """
def take(size):
    try: bytearray(size << 20)
    except MemoryError: return False
    return True
answer = [take(80), take(110)]
"""
    with Talk(hole(behind, jit=jit)) as talk:
        talk.lock(memory_hard=100 << 20)
        assert talk.run(take) == [True, False]


def test_behind_the_filter_stand_other_walls() -> None:
    reach = ("open", "openat", "unlink", "mkdir", "execve", "socket", "memfd_create", "fork", "kill")
    probes = [
        probe for probe in PROBES if probe[0] in reach and probe[2] != ["-1", "0"]
    ]  # kill(-1) hits nobody, happily
    with Talk(hole(before=UNFILTERED + ATTEMPT)) as talk:
        assert lacking(talk.lock()) == {"seccomp": "Function not implemented"}
        answers = talk.run(f"answer = [attempt(number, words) for _, number, words in {probes!r}]")
    assert set(answers) <= {"EPERM", "EACCES", "EMFILE", "EAGAIN", "ENOENT"}


def test_a_worker_dies_with_its_host_even_in_the_middle_of_a_loop() -> None:
    host = """
import os, sys
sys.path.insert(0, sys.argv[1])
from planted import Talk, hole
talk = Talk(hole())
talk.lock()
talk.send(b"while True: pass")
print(talk.pid, flush=True)
os.read(0, 1)
os._exit(0)
"""
    command = [sys.executable, "-c", host, str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        worker = os.pidfd_open(int(process.stdout.readline()))
        process.stdin.close()
        assert select.select([worker], [], [], 10)[0] == [worker]
        os.close(worker)


# -- where the system cannot do it -------------------------------------------------------------------------------------


def test_what_cannot_be_set_is_reported_with_its_reason() -> None:
    outer = f"""
import struct
names = {[number(name) for name in ("seccomp", "landlock_create_ruleset", "prlimit64", "prctl", "setgroups")]!r}
code = [seccomp._load(0)]
for number in names: code += seccomp._when(number, seccomp._answer(seccomp.REFUSE))
code = b"".join([*code, seccomp._answer(seccomp.ALLOW)])
kernel.prctl(38, 1)
setup = seccomp.ARCHITECTURES[os.uname().machine].setup
kernel.syscall(setup, 1, 0, seccomp._Program(len(code) // 8, code))
"""
    with Talk(plant("import os" + BARE, before=outer)) as talk:
        locked = talk.lock()
        assert talk.ask(b"still there") == b"still there"
    refused = {"parent_death", "undumpable", "no_new_privs", "landlock", "rlimits", "seccomp"}
    if os.getuid() == 0:
        refused.add("uid")
    assert lacking(locked) == dict.fromkeys(refused, "Operation not permitted")
    assert locked["isolation"].keys() & refused == set()


def test_without_a_list_of_calls_for_the_processor_there_is_no_filter() -> None:
    with pytest.raises(OSError, match="no list of system calls for riscv64"):
        seccomp.install("riscv64", 1, executable=False)


# -- the programs themselves -------------------------------------------------------------------------------------------


def decide(program: bytes, audit: int, call: int, *arguments: int) -> int:
    """Run a filter as the kernel does and return its answer."""
    data = struct.pack("<iIQ6Q", call, audit, 0, *(arguments + (0,) * 6)[:6])
    accumulator = position = 0
    while True:
        operation, if_true, if_false, value = struct.unpack_from("<HBBI", program, 8 * position)
        position += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x06:
                return int(value)
            case _:
                test = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: accumulator & value != 0}
                position += if_true if test[operation] else if_false


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 1), ("aarch64", 2)])
@pytest.mark.parametrize("executable", [True, False])
def test_on_every_processor_the_same_calls_are_forbidden(machine: str, column: int, executable: bool) -> None:
    architecture = seccomp.ARCHITECTURES[machine]
    program = seccomp.program(architecture, 1234, executable=executable)
    calls = [words for line in LINES if not line.startswith("#") and (words := shlex.split(line))[column] != "-"]
    for name, *columns in calls:
        arguments = [int(word, 0) for word in columns[2:] if re.fullmatch(r"0x\d+|\d+", word)]
        if name != "tgkill":
            answer = decide(program, architecture.audit, int(columns[column - 1]), *arguments)
            assert answer in (seccomp.KILL, seccomp.REFUSE), name


@pytest.mark.parametrize(("machine", "count"), [("x86_64", 34), ("aarch64", 33)])
def test_of_all_calls_that_the_kernel_has_these_few_are_left(machine: str, count: int) -> None:
    architecture = seccomp.ARCHITECTURES[machine]
    program = seccomp.program(architecture, 1234, executable=True)
    tried = range(1024)  # the kernel has some 470
    left = {call for call in tried if decide(program, architecture.audit, call, 1234) == seccomp.ALLOW}
    assert len(left) == count


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_looks_at_what_a_call_asks_for(machine: str) -> None:
    architecture = seccomp.ARCHITECTURES[machine]
    column = {"x86_64": 0, "aarch64": 1}[machine]
    mmap, mprotect, tgkill, write = ((9, 222), (10, 226), (234, 131), (1, 64))

    def answer(executable: bool, call: tuple[int, int], *arguments: int) -> int:
        program = seccomp.program(architecture, 1234, executable=executable)
        return decide(program, architecture.audit, call[column], *arguments)

    assert answer(False, write, 3) == seccomp.ALLOW
    assert answer(False, mmap, 0, 4096, 3, 0x22) == seccomp.ALLOW
    assert answer(False, mmap, 0, 4096, 7, 0x22) == seccomp.REFUSE
    assert answer(True, mmap, 0, 4096, 7, 0x22) == seccomp.ALLOW
    assert answer(True, mmap, 0, 4096, 3, 0x21) == seccomp.REFUSE
    assert answer(False, mprotect, 0, 4096, 5) == seccomp.REFUSE
    assert answer(True, mprotect, 0, 4096, 5) == seccomp.ALLOW
    assert answer(False, tgkill, 1234, 1, 6) == seccomp.ALLOW
    assert answer(False, tgkill, 1, 1, 9) == seccomp.REFUSE


def test_a_filter_kills_what_speaks_for_another_processor() -> None:
    program = seccomp.program(seccomp.ARCHITECTURES["x86_64"], 1, executable=True)
    assert decide(program, 0x40000003, 4, 3) == seccomp.KILL
    assert decide(program, 0xC000003E, 0x40000000 + 1, 3) == seccomp.KILL


@pytest.mark.parametrize(
    ("version", "handled"),
    [
        (1, [(1 << 13) - 1]),
        (2, [(1 << 14) - 1]),
        (3, [(1 << 15) - 1]),
        (4, [(1 << 15) - 1, 3]),
        (5, [(1 << 16) - 1, 3]),
        (6, [(1 << 16) - 1, 3, 3]),
        (7, [(1 << 16) - 1, 3, 3]),
        (99, [(1 << 16) - 1, 3, 3]),
    ],
)
def test_landlock_handles_every_right_that_its_version_knows(version: int, handled: list[int]) -> None:
    attributes = landlock.attributes(version)
    assert list(struct.unpack(f"{len(attributes) // 8}Q", attributes)) == handled
