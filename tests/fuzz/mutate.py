"""Mutations of a file that people, editors and attackers could make."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("k"))
)
"""Aliases of aliases: ten lines that stand for a billion items."""

TOKENS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"- ",
    b"&a ",
    b"*a",
    b"!Ref ",
    b"!Sub ",
    b"${",
    b"}",
    b"<<: *a",
    b"Fn::If",
    b"\t",
    b"\r",
    b"\x00",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b'"',
    b"'",
    b"|\n",
    b"---\n",
    b"9" * 400,
    b"-1e999",
    b"null",
    b"true",
    b"AWS::NoValue",
    b"event.Records",
)


def truncated(data: bytes, rng: Random) -> bytes:
    """Cut off somewhere."""
    return data[: rng.randrange(len(data) + 1)]


def noisy(data: bytes, rng: Random) -> bytes:
    """Some bytes replaced by any."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 20)):
        if made:
            made[rng.randrange(len(made))] = rng.randrange(256)
    return bytes(made)


def spliced(data: bytes, rng: Random) -> bytes:
    """A piece left out, or there twice."""
    start, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + (data[start:end] * 2 if rng.random() < 0.5 else b"") + data[end:]


def shuffled(data: bytes, rng: Random) -> bytes:
    """Two lines exchanged, some indented."""
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 4)):
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[i], lines[j] = lines[j], b" " * rng.randrange(5) + lines[i]
    return b"\n".join(lines)


def with_tokens(data: bytes, rng: Random) -> bytes:
    """Words of the languages where they do not belong."""
    for _ in range(rng.randint(1, 5)):
        place = rng.randrange(len(data) + 1)
        data = data[:place] + rng.choice(TOKENS) + data[place:]
    return data


def nested(data: bytes, rng: Random) -> bytes:
    """Brackets inside brackets."""
    place = rng.randrange(len(data) + 1)
    depth = rng.choice([50, 1_000, 20_000])
    opened, closed = rng.choice([(b"[", b"]"), (b"{a: ", b"}"), (b"(", b")"), (b"!Sub [", b"]")])
    return data[:place] + opened * depth + rng.choice([b"", closed * depth]) + data[place:]


def renamed(data: bytes, rng: Random) -> bytes:
    """A word of the file in place of another one: references to nothing, or in a circle."""
    words = [w for w in data.replace(b'"', b" ").split() if w.isalnum()]
    if not words:
        return data
    return data.replace(rng.choice(words), rng.choice(words), rng.randint(1, 3))


def encoded(data: bytes, rng: Random) -> bytes:
    """Another encoding, or a mark of one."""
    text = data.decode(errors="replace")
    kind = rng.choice(["utf-16", "utf-32", "utf-8-sig", "cp037"])
    return text.encode(kind, errors="replace")


def bombed(data: bytes, rng: Random) -> bytes:
    """Aliases of aliases before or after."""
    return BOMB + data if rng.random() < 0.5 else data + b"\n" + BOMB


MUTATIONS: tuple[Mutation, ...] = (
    truncated,
    noisy,
    spliced,
    shuffled,
    with_tokens,
    nested,
    renamed,
    encoded,
    bombed,
)


def mutated(data: bytes, rng: Random) -> bytes:
    """One to three mutations, one after another."""
    for _ in range(rng.randint(1, 3)):
        data = rng.choice(MUTATIONS)(data, rng)
    return data
