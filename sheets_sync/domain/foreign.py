"""Text that others wrote, made fit to be shown: in a cell, a log, an alert, on a terminal."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Co"}
_JOINERS = "\u200c\u200d"
"""Persian words and many emoji need them; they neither hide nor turn anything."""


def harmless(text: str) -> str:
    """One line without control and bidi characters that no spreadsheet takes for a formula.

    What begins as one is quoted: it may be edited again, or leave the sheet as CSV, which programs
    evaluate (OWASP, "CSV Injection"; some take full-width signs as well).
    """
    line = " ".join(visible(text).split()).strip(f" {_JOINERS}")
    if unicodedata.normalize("NFKC", line[:1]).startswith(("=", "+", "-", "@")):
        return f'"{line}"'
    return line


def visible(text: str) -> str:
    """The text with a space for each control or bidi character, which move a terminal's cursor."""
    if text.isprintable():
        return text
    return "".join(" " if _is_unseen(char) and char != "\n" else char for char in text)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS
