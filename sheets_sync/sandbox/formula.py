"""The formulas the sandbox can work out: arithmetic, comparison, references, common functions.

A function it does not know gives #NAME?, as an unknown one does at Google.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec, Protocol, TypeAlias

from sheets_sync.sandbox.a1 import Area, parse_cells, split_title
from sheets_sync.sandbox.grid import Scalar
from sheets_sync.sandbox.locales import to_serial

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)
    | (?P<text>"(?:[^"]|"")*")
    | (?P<error>\#(?:N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!))
    | (?P<reference>(?:(?:'(?:[^']|'')+'|[A-Za-z_]\w*)!)?
        \$?[A-Za-z]{1,3}(?:\$?[0-9]+)?:\$?[A-Za-z]{1,3}(?:\$?[0-9]+)?(?![\w(])
      | (?:(?:'(?:[^']|'')+'|[A-Za-z_]\w*)!)?\$?[A-Za-z]{1,3}\$?[0-9]+(?![\w(]))
    | (?P<name>[A-Za-z_][\w.]*)
    | (?P<sign><>|<=|>=|[-+*/^&=<>%(),;])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class FormulaError(Exception):
    """A formula's error value, such as #DIV/0!; `kind` is its ErrorType in the API."""

    kind: str
    text: str


ERROR = FormulaError("ERROR", "#ERROR!")
DIVIDE = FormulaError("DIVIDE_BY_ZERO", "#DIV/0!")
VALUE = FormulaError("VALUE", "#VALUE!")
REF = FormulaError("REF", "#REF!")
NAME = FormulaError("NAME", "#NAME?")
NUM = FormulaError("NUM", "#NUM!")
NOT_AVAILABLE = FormulaError("N_A", "#N/A")
ERRORS = {e.text: e for e in (ERROR, DIVIDE, VALUE, REF, NAME, NUM, NOT_AVAILABLE)}

Result: TypeAlias = Scalar | FormulaError
Values: TypeAlias = list[list[Result]]
Argument: TypeAlias = "Scalar | FormulaError | Values"
Rank: TypeAlias = tuple[int, float, str]
Operation: TypeAlias = Callable[[float, float], float]
Comparison: TypeAlias = Callable[[Rank, Rank], bool]
P = ParamSpec("P")


class Cells(Protocol):
    """What a formula may look at."""

    def values(self, title: str | None, area: Area) -> Values:
        """Results of an area; raises FormulaError for an unknown sheet or a circle."""

    def today(self) -> datetime:
        """Now, in the spreadsheet's time zone, without naming it."""


def evaluate(formula: str, cells: Cells) -> Result:
    """The value of `formula`, which starts with `=`."""
    try:
        parser = _Parser(formula[1:], cells)
        result = _single(parser.comparison())
        if parser.peek() is not None:
            return ERROR
    except FormulaError as error:
        return error
    return result


class _Parser:
    def __init__(self, text: str, cells: Cells) -> None:
        self._tokens = list(_tokens(text))
        self._cells = cells

    def peek(self) -> str | None:
        return self._tokens[0][1] if self._tokens else None

    def comparison(self) -> Argument:
        left = self._concatenation()
        while self.peek() in _COMPARISONS:
            compare = _COMPARISONS[self._next()]
            left = _tried(_compared, compare, left, self._concatenation())
        return left

    def _concatenation(self) -> Argument:
        left = self._sum()
        while self.peek() == "&":
            self._next()
            left = _tried(_joined, left, self._sum())
        return left

    def _sum(self) -> Argument:
        left = self._product()
        while self.peek() in {"+", "-"}:
            left = _tried(_combined, _ARITHMETIC[self._next()], left, self._product())
        return left

    def _product(self) -> Argument:
        left = self._unary()
        while self.peek() in {"*", "/"}:
            left = _tried(_combined, _ARITHMETIC[self._next()], left, self._unary())
        return left

    def _unary(self) -> Argument:
        if self.peek() in {"+", "-"}:
            return _tried(_combined, _ARITHMETIC[self._next()], 0, self._unary())
        left = self._percent()
        if self.peek() == "^":
            return _tried(_combined, _ARITHMETIC[self._next()], left, self._unary())
        return left

    def _percent(self) -> Argument:
        value = self._operand()
        while self.peek() == "%":
            self._next()
            value = _tried(_combined, _ARITHMETIC["/"], value, 100)
        return value

    def _operand(self) -> Argument:
        if not self._tokens:
            raise ERROR
        kind, token = self._tokens.pop(0)
        match kind:
            case "number":
                value = float(token)
                return int(value) if value.is_integer() else value
            case "text":
                return token[1:-1].replace('""', '"')
            case "error":
                return ERRORS[token]
            case "reference":
                return self._reference(token)
            case "name" if token.upper() in {"TRUE", "FALSE"} and self.peek() != "(":
                return token.upper() == "TRUE"
            case "name" if self.peek() == "(":
                return self._call(token.upper())
            case "sign" if token == "(":  # noqa: S105 - a parenthesis
                inner = self.comparison()
                self._expect(")")
                return inner
            case "name":
                raise NAME
            case _:
                raise ERROR

    def _reference(self, token: str) -> Argument:
        title, cells = split_title(token.replace("$", ""))
        area = parse_cells(cells or "")
        if area is None:
            raise NAME
        values = _tried(self._cells.values, title, area)
        if not isinstance(values, list):
            return values
        return values[0][0] if area.is_one_cell else values

    def _call(self, name: str) -> Argument:
        self._expect("(")
        arguments: list[Argument] = []
        while self.peek() != ")":
            arguments.append(self.comparison() if self.peek() not in {",", ";"} else None)
            if self.peek() in {",", ";"}:
                self._next()
            elif self.peek() != ")":
                raise ERROR
        self._expect(")")
        if name in {"TODAY", "NOW"}:
            now = to_serial(self._cells.today())
            return int(now) if name == "TODAY" else now
        function = _FUNCTIONS.get(name)
        if function is None:
            raise NAME
        return _tried(function, arguments)

    def _next(self) -> str:
        return self._tokens.pop(0)[1]

    def _expect(self, token: str) -> None:
        if self.peek() != token:
            raise ERROR
        self._next()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ERROR
        yield match.lastgroup, match[match.lastgroup]
        place = match.end()


def _tried(function: Callable[P, Argument], *args: P.args, **kwargs: P.kwargs) -> Argument:
    """The result, or its error as a value: IF and IFERROR must see errors to pass over them."""
    try:
        return function(*args, **kwargs)
    except FormulaError as error:
        return error
    except IndexError:
        return NOT_AVAILABLE
    except ZeroDivisionError:
        return DIVIDE
    except ArithmeticError:
        return NUM


def _combined(operation: Operation, left: Argument, right: Argument) -> Argument:
    return operation(_number(left), _number(right))


def _joined(left: Argument, right: Argument) -> Argument:
    return _text(left) + _text(right)


def _compared(compare: Comparison, left: Argument, right: Argument) -> Argument:
    one, other = _single(left), _single(right)
    return compare(_ranked(_filled(one, other)), _ranked(_filled(other, one)))


def _filled(value: Scalar, other: Scalar) -> Scalar:
    """An empty cell equals the empty text, zero and FALSE."""
    if value is not None:
        return value
    if isinstance(other, bool):
        return False
    return "" if isinstance(other, str) else 0


def _single(value: Argument) -> Scalar:
    if isinstance(value, list):
        value = value[0][0] if value and value[0] else None
    if isinstance(value, FormulaError):
        raise value
    return value


def _number(value: Argument) -> int | float:
    single = _single(value)
    if isinstance(single, str):
        try:
            return float(single)
        except ValueError:
            raise VALUE from None
    return single if single is not None else 0


def _text(value: Argument) -> str:
    single = _single(value)
    if isinstance(single, bool):
        return str(single).upper()
    return f"{single:.15g}" if isinstance(single, float) else str("" if single is None else single)


def _ranked(value: Scalar) -> Rank:
    """Numbers come before texts and texts before booleans, as Sheets compares them."""
    if isinstance(value, bool):
        return 2, int(value), ""
    return (1, 0, value.casefold()) if isinstance(value, str) else (0, value or 0, "")


def _flat(arguments: list[Argument]) -> Iterator[Scalar]:
    for argument in arguments:
        if isinstance(argument, list):
            for row in argument:
                yield from (_single(value) for value in row)
        else:
            yield _single(argument)


def _numbers(arguments: list[Argument]) -> list[int | float]:
    return [
        value
        for value in _flat(arguments)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def _average(arguments: list[Argument]) -> Argument:
    numbers = _numbers(arguments)
    if not numbers:
        raise DIVIDE
    return sum(numbers) / len(numbers)


def _if(arguments: list[Argument]) -> Argument:
    if _single(arguments[0]):
        return arguments[1]
    return arguments[2] if len(arguments) > 2 else False


def _if_error(arguments: list[Argument]) -> Argument:
    try:
        return _single(arguments[0])
    except FormulaError:
        return arguments[1] if len(arguments) > 1 else ""


def _round(arguments: list[Argument]) -> Argument:
    digits = int(_number(arguments[1])) if len(arguments) > 1 else 0
    value = round(float(_number(arguments[0])), digits)
    return int(value) if value.is_integer() else value


_ARITHMETIC: dict[str, Operation] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: float(left) ** right,
}

_COMPARISONS: dict[str | None, Comparison] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

_FUNCTIONS: dict[str, Callable[[list[Argument]], Argument]] = {
    "ABS": lambda a: abs(_number(a[0])),
    "AND": lambda a: all(_flat(a)),
    "AVERAGE": _average,
    "CONCATENATE": lambda a: "".join(_text(value) for value in _flat(a)),
    "COUNT": lambda a: len(_numbers(a)),
    "COUNTA": lambda a: sum(value is not None for value in _flat(a)),
    "FALSE": lambda _: False,
    "HYPERLINK": lambda a: a[1] if len(a) > 1 else a[0],
    "IF": _if,
    "IFERROR": _if_error,
    "LEN": lambda a: len(_text(a[0])),
    "LOWER": lambda a: _text(a[0]).lower(),
    "MAX": lambda a: max(_numbers(a), default=0),
    "MIN": lambda a: min(_numbers(a), default=0),
    "NA": lambda _: NOT_AVAILABLE,
    "NOT": lambda a: not _single(a[0]),
    "OR": lambda a: any(_flat(a)),
    "ROUND": _round,
    "SUM": lambda a: sum(_numbers(a)),
    "TRIM": lambda a: " ".join(_text(a[0]).split()),
    "TRUE": lambda _: True,
    "UPPER": lambda a: _text(a[0]).upper(),
}
