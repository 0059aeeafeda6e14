"""A page's console examples, done again."""

from __future__ import annotations

import re
from collections.abc import Callable

_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_YAML = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*(?:\n  .*)*)", re.MULTILINE)


def replayed(page: str, run: Callable[[str], str], file: Callable[[], str]) -> str:
    """The page with what each command answers now, and with the file that came of it.

    A command begins with `$ ` and goes on in indented lines; its answer stands below. `run` answers
    a command, in the order of the page; `file` is asked for the YAML example after all before it.
    """

    def answered(block: re.Match[str]) -> str:
        if block[0].startswith("```yaml"):
            return f"```yaml\n{file()}```"
        commands: list[str] = _COMMAND.findall(block[1])
        shown = (f"$ {command}\n{run(command)}" for command in commands)
        return f"```console\n{''.join(shown)}```"

    return re.sub(f"{_CONSOLE.pattern}|{_YAML.pattern}", answered, page, flags=_CONSOLE.flags)
