"""What is wrong with an input, in words."""

from __future__ import annotations

from pydantic import ValidationError


def sentence(error: ValidationError) -> str:
    """Every problem with its place, in one line."""
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'input'}: "
        f"{problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    )
