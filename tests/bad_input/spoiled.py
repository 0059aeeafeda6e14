"""How the tables write an answer, and what it is in bytes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

_WORDS: dict[str, Callable[[bytes], bytes]] = {
    "utf-16": lambda body: body.decode().encode("utf-16"),
    "latin-1": lambda body: body.decode().encode("latin-1"),
    "bom": lambda body: b"\xef\xbb\xbf" + body,
    "zipped": gzip.compress,
    "half-zipped": lambda body: gzip.compress(body)[:-12],
    "deep": lambda body: body.replace(b"DEEP", b"[" * 5000 + b"]" * 5000),
    "long": lambda body: body.replace(b"LONG", b"x" * 9_000_000),
    "many": lambda body: body.replace(b'"MANY"', b",".join([b'"x"'] * 400_000)),
    "digits": lambda body: body.replace(b"DIGITS", b"9" * 5000),
}
_LENGTHS: dict[str, Callable[[int], int]] = {
    "too-short": lambda size: size // 2,
    "too-long": lambda size: size + 100,
    "negative": lambda size: -size,
}


def raw(answer: str) -> bytes:
    """`STATUS [WORD...] [Header=value...] [| body]` as HTTP; `nothing` and `raw TEXT` are not."""
    if answer == "nothing":
        return b""
    if answer.startswith("raw "):
        return answer[4:].encode().decode("unicode_escape").encode("latin-1")
    head, _, text = answer.partition(" | ")
    status, *words = head.split()
    body = text.encode()
    headers = {"Content-Type": "application/json", "Connection": "close"}
    length: Callable[[int], int] = int
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            headers[name] = value.replace("_", " ").replace("DIGITS", "9" * 5000)
        elif word in _LENGTHS:
            length = _LENGTHS[word]
        else:
            body = _WORDS[word](body)
    headers.setdefault("Content-Length", str(length(len(body))))
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def words_of(table: str) -> list[tuple[str, str, str, list[str]]]:
    """The cases of a table: name, request, answer, and the words that are expected."""
    found = []
    for block in re.split(r"\n\n+", table.strip()):
        name, request, *rest = block.split("\n")
        answers = [line[2:] for line in rest if line.startswith("< ")]
        expected = [line[2:] for line in rest if line.startswith("! ")]
        (answer,) = answers
        found.append((name[2:], request[2:], answer, expected))
    return found
