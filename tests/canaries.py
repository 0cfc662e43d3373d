"""Ask for URLs that lead where nothing is granted, in every way there is, and tell where connections went.

Run as a program, in a network namespace of its own or without one: it writes what it saw as JSON. In a namespace every
address there is belongs to this machine, and a canary listens at each of them; without one, only at the loopback.
"""

import asyncio
import ipaddress
import json
import socket
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from website import Page, answer, redirect, website

from llmspell.bridge.dispatch import Gate
from llmspell.bridge.surface import Surface
from llmspell.context import Context
from llmspell.errors import ArgumentError, SpellError
from llmspell.globals.http import Http
from llmspell.host.host import Host
from llmspell.project import Project
from llmspell.security.access import Access
from llmspell.security.paths import Paths
from llmspell.security.rules import Rule
from llmspell.security.taint import Taint
from llmspell.security.urls import parse
from llmspell.spell import Spell

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "127.8.9.10", "2130706433", "0x7f000001", "0X7F.1", "0x7f.0.0.0x1", "0177.0.0.1",
    "00000177.0.0.01", "0177.0x0.1", "127.000.000.001", "127.0.0.1.", "0", "0.0.0.0", "0x0", "00", "0.", "localhost",
    "LOCALHOST", "localhost.", "a.localhost", "LocalHost.localhost.", "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021", "127\uff0e0\uff0e0\uff0e1", "127\uff610\uff610\uff611", "\u2460\u2461\u2466.0.0.1",
    "\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1", "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:FFFF:7F00:0001]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::80ff:fffe]",
    "[2a00::5efe:127.0.0.1]", "[2a00::200:5efe:7f00:1]", "[::ffff:0.0.0.0]",
]  # fmt: skip
"""Ways to write this machine."""

DENIED = ["localhost", "10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
"""What is denied under low security, where all the rest is granted."""

INSIDE = [
    "10.0.0.1", "0xa.1", "167772161", "012.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "0300.0250.1",
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.0xfea9fe",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "192.0.2.1", "203.0.113.1", "240.0.0.1",
    "255.255.255.255", "224.0.0.1", "\uff11\uff16\uff19.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "[fc00::1]",
    "[ff02::1]", "[fec0::1]", "[2001:db8::1]", "[100::1]", "[::ffff:169.254.169.254]", "[::a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[2002:a00:1::1]", "[2001:0:a9fe:a9fe::1]",
    "[2a00::5efe:10.0.0.1]", "[64:ff9b:1::a00:1]", "[::ffff:0:10.0.0.1]",
]  # fmt: skip
"""Ways to write what is in private networks and in clouds."""

TRICKS = [
    "http://granted.example@127.0.0.1:{}/", "http://granted.example:80@127.0.0.1:{}/",
    "http://127.0.0.1:{}@x.example/", "http://granted.example\\@127.0.0.1:{}/",
    "http://127.0.0.1:{}\\.granted.example/", "http:\\\\127.0.0.1:{}\\", "http://127.0.0.1:{}\t/",
    "http://127.0\n.0.1:{}/", "http://127.0.0.1:{}/\r\nHost: granted.example", "\x00http://127.0.0.1:{}/",
    "http://127.0.0.1\x00.granted.example:{}/", "http://127.0.0.1%00.granted.example:{}/", " http://127.0.0.1:{}/",
    "http://%31%32%37.0.0.1:{}/", "http://127%2e0%2e0%2e1:{}/", "http://[::1%25lo]:{}/", "http://[fe80::1%25lo]:{}/",
    "http://[fe80::1%lo]:{}/", "http://[::1]x:{}/", "http://[::1:{}/", "http://::1:{}/", "http://[127.0.0.1]:{}/",
    "http://[v1.127.0.0.1]:{}/", "http://127.0.0.1:/", "http://127.0.0.1:http/", "http://127.0.0.1:0x50/",
    "http://127.0.0.1:+{}/", "http://127.0.0.1:\uff18\uff10/", "http://127.0.0.1:{}:80/",
    "http://256.256.256.256:{}/", "http://1.2.3.4.5:{}/", "http://4294967297:{}/", "http://08.0.0.1:{}/",
    "http:///127.0.0.1:{}/", "http:127.0.0.1:{}/", "http:/127.0.0.1:{}/", "//127.0.0.1:{}/", "127.0.0.1:{}",
    "ftp://127.0.0.1:{}/", "file:///etc/passwd", "file://127.0.0.1:{}/etc/passwd", "gopher://127.0.0.1:{}/_x",
    "data:text/plain,x", "dict://127.0.0.1:{}/", "unix:///run/docker.sock", "http+unix://%2Frun%2Fdocker.sock/",
    "ws://127.0.0.1:{}/", "jar:http://127.0.0.1:{}/!/", "view-source:http://127.0.0.1:{}/",
    "http://127.0.0.1:{}#@granted.example/", "http://127.0.0.1:{}?@granted.example/", "http://\u200d127.0.0.1:{}/",
    "http://127.0.0.1\u202e:{}/", "http://loc\xadalhost:{}/", "http://\u017f.localhost:{}/",
    "http://\u2100.localhost:{}/",
]  # fmt: skip
"""Ways to be read as something else than one is."""


def forms(port: int) -> list[str]:
    """Return all URLs, with the port at which canaries listen."""
    return [f"http://{each}:{port}/" for each in (*LOOPBACK, *INSIDE)] + [
        each.replace("{}", str(port)) for each in TRICKS
    ]


class Names:
    """Names whose addresses change: whoever asks first gets the first answer."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}

    async def __call__(self, name: str) -> list[str]:
        waiting = self.answers.get(name, [["127.0.0.1", "::1"] if name.endswith("localhost") else []])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def open_namespace() -> None:
    """Give this machine, in a namespace of its own, every address there is."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as wire:
        _ask(wire, 16, struct.pack("=BxHiII", 0, 0, 1, 1, 1))  # RTM_NEWLINK: the loopback is up
        for family in (socket.AF_INET, socket.AF_INET6):
            # RTM_NEWROUTE to anywhere: table 255 and type 2 say that it is local, RTA_OIF by which interface.
            _ask(wire, 24, struct.pack("=8BIHHI", family, 0, 0, 0, 255, 3, 254, 2, 0, 8, 4, 1))


def _ask(wire: socket.socket, kind: int, body: bytes) -> None:
    wire.send(struct.pack("=IHHII", 16 + len(body), kind, 0x405, 1, 0) + body)  # a request, to create, with an answer
    if error := struct.unpack_from("=i", wire.recv(4096), 16)[0]:
        raise OSError(-error, "the namespace cannot be set up")


class Watch:
    """Sees each connection that this process opens, from inside of it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
            self.seen.append((str(args[1][0]), int(args[1][1])))


@asynccontextmanager
async def canaries(*, everywhere: bool) -> AsyncIterator[tuple[int, list[str]]]:
    """Listen wherever this machine has addresses; give the port, and a list of where somebody came."""
    visits: list[str] = []

    async def visited(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append(str(writer.get_extra_info("sockname")[0]))
        writer.write(answer("secret", Connection="close"))
        with suppress(OSError):
            await writer.drain()
        writer.close()

    first = await asyncio.start_server(visited, "0.0.0.0" if everywhere else "127.0.0.1", 0)
    port = first.sockets[0].getsockname()[1]
    servers = [first]
    with suppress(OSError):  # this machine has no IPv6
        servers.append(await asyncio.start_server(visited, "::" if everywhere else "::1", port))
    try:
        yield port, visits
    finally:
        for each in servers:
            each.close()


@asynccontextmanager
async def asking(names: Names, profile: str, *granted: str, deny: Sequence[str] = ()) -> AsyncIterator[Any]:
    """Give a function that gets a URL as a script would, and returns the kind of what went wrong."""
    async with Host(profile=profile, environ={}, allow={"net": granted}) as host:
        rules, project = host.rules(Spell.from_source("", "lua")), Project(Path.cwd())
        rules = rules.deny("net", [Rule(each, "[deny]") for each in deny])
        context: Context = host.context("test.lua", rules=rules, project=project)
        context.__dict__["access"] = access = Access(rules, Paths(rules, project), Taint(), names)
        gate = Gate(Surface([Http(context)]), None, access)

        async def ask(url: str) -> str:
            try:
                reply = await gate.call("Http.get", [url, {"timeout": 5}])
            except SpellError as error:
                return error.kind
            return f"answered: {reply.text}"

        async with context.closing:
            yield ask


def address_of(url: str) -> str | None:
    """Return the address that a URL stands for, if it is one."""
    with suppress(ArgumentError, ValueError):
        return str(ipaddress.ip_address(parse(url).host))
    return None


async def ways(*, everywhere: bool) -> dict[str, Any]:
    """Ask for every form in every way, and return what came of it."""
    watch, names, found = Watch(), Names(), []
    pages: dict[str, Page] = {"*": answer("granted", Connection="close")}
    async with canaries(everywhere=everywhere) as (port, visits), website(pages) as site:
        async with asking(names, "medium", "*", site.host, "*.example:*") as ask:
            for form in forms(port):
                found.append((form, "direct", await ask(form)))
                pages["/to"] = redirect(form.translate({0: "%00", 10: "%0a", 13: "%0d"}))
                found.append((form, "redirect", await ask(f"{site.url}/to")))
                found.append((form, "rebinding", await _rebound(ask, names, form, site.port, port)))
        beyond = [place for place in watch.seen if place != (site.address, site.port)]
        visited = len(visits)
        near = forms(port) if everywhere else [f"http://{each}:{port}/" for each in LOOPBACK]
        heard = await _heard(names, near)  # without a wall: do the canaries hear whoever comes?
        slipped = await _heard(names, near, DENIED)
    told = {"found": found, "beyond": beyond, "visited": visited, "site": site.opened}
    return told | {"heard": heard, "slipped": slipped}


async def _heard(names: Names, urls: list[str], deny: Sequence[str] = ()) -> list[str]:
    """Return the URLs that lead a spell that is trusted to a canary."""
    async with asking(names, "low", deny=deny) as ask:
        answers = await asyncio.gather(*map(ask, urls))
    return [url for url, said in zip(urls, answers, strict=True) if said == "answered: secret"]


async def _rebound(ask: Any, names: Names, form: str, granted: int, port: int) -> str:
    """Ask for a name that leads to what is granted, and to the form when it is asked for again."""
    address = address_of(form)
    names.answers["fickle.example"] = [["127.0.0.1"], [address or "127.0.0.1"]]
    assert await ask(f"http://fickle.example:{granted}/") == "answered: granted"
    path = "" if address else form.partition("//")[2].partition("/")[0]
    return str(await ask(f"http://fickle.example:{port}/{path}"))


def main() -> None:
    """Write what came of it as JSON."""
    everywhere = sys.argv[1] == "namespace"
    if everywhere:
        open_namespace()
    print(json.dumps(asyncio.run(ways(everywhere=everywhere))))


if __name__ == "__main__":
    main()
