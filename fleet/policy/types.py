"""Types of CEL expressions over the documented facts. `celpy` finds a wrong name only when it gets there; a policy that
is wrong must be found before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lark import Token, Tree

from fleet.model.errors import FleetError

BOOL, INT, DOUBLE, STRING, EMPTY = "bool", "int", "double", "string", "empty list"
_LISTS = ("bool", "int", "double", "string")
Node = Tree | str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of items of one type."""

    item: str

    def __str__(self) -> str:
        return f"list of {self.item}s"


Type = str | ListOf


class Mistyped(FleetError):
    """An expression that cannot be right: what was found, and what would be right."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found, self.expected = found, expected


_FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "int": ((INT, DOUBLE, STRING), INT),
    "double": ((INT, DOUBLE, STRING), DOUBLE),
    "string": ((INT, DOUBLE, STRING, BOOL), STRING),
}
_TEXT_TESTS = ("startsWith", "endsWith", "contains")
_OVER_LISTS = ("exists", "all", "exists_one")
KNOWN_CALLS = (*_FUNCTIONS, "size", *(f".{n}" for n in (*_TEXT_TESTS, *_OVER_LISTS, "size")))


def type_of(tree: Node, names: Mapping[str, Type]) -> Type:
    """The type of a parsed expression.

    Raises:
        Mistyped: an unknown name or function, or values of types that do not go together.
    """
    if isinstance(tree, str):
        raise Mistyped(f"{tree!s} here", "a value")
    rule = _RULES.get(str(tree.data))
    if rule is not None:
        return rule(tree.children, names)
    if len(tree.children) == 1:
        return type_of(tree.children[0], names)
    raise Mistyped(f"{str(tree.data).replace('_', ' ')} here", "facts, comparisons, &&, ||, !, in, and simple sums")


Parts = Sequence[Node]
Names = Mapping[str, Type]


def _both(parts: Parts, names: Names, sign: str) -> Type:
    found = [type_of(p, names) for p in parts]
    if len(found) == 1:
        return found[0]
    for one in found:
        if one != BOOL:
            raise Mistyped(f"a {one} beside {sign}", "something that is true or false")
    return BOOL


def _expr(parts: Parts, names: Names) -> Type:
    if len(parts) == 1:
        return type_of(parts[0], names)
    condition, yes, no = (type_of(p, names) for p in parts)
    if condition != BOOL:
        raise Mistyped(f"a {condition} before ?", "something that is true or false")
    if yes != no:
        raise Mistyped(f"{yes} or else {no} around :", "the same type on both sides")
    return yes


def _relation(parts: Parts, names: Names) -> Type:
    if len(parts) == 1:
        return type_of(parts[0], names)
    operation = parts[0]
    assert isinstance(operation, Tree)
    left, right = type_of(operation.children[0], names), type_of(parts[1], names)
    sign = str(operation.data).removeprefix("relation_")
    if sign == "in":
        if right == EMPTY or (isinstance(right, ListOf) and right.item == left):
            return BOOL
        raise Mistyped(f"a {left} in a {right}", f"a list of {left}s after in")
    _same(left, right, f"{left} compared with {right}")
    if sign not in ("eq", "ne") and left not in (INT, DOUBLE, STRING):
        raise Mistyped(f"a {left} before <, <=, > or >=", "numbers, or texts")
    return BOOL


def _same(left: Type, right: Type, found: str) -> None:
    if left == right or (EMPTY in (left, right) and (isinstance(left, ListOf) or isinstance(right, ListOf))):
        return
    if {left, right} == {INT, DOUBLE}:
        raise Mistyped(found, "the same kind of number on both sides: write 2.0 for a double, 2 for an int")
    raise Mistyped(found, "the same type on both sides")


def _sum(parts: Parts, names: Names) -> Type:
    if len(parts) == 1:
        return type_of(parts[0], names)
    operation = parts[0]
    assert isinstance(operation, Tree)
    left, right = type_of(operation.children[0], names), type_of(parts[1], names)
    sign = str(operation.data).split("_")[-1]
    _same(left, right, f"{left} reckoned with {right}")
    allowed = {"add": (INT, DOUBLE, STRING), "mod": (INT,)}.get(sign, (INT, DOUBLE))
    if left not in allowed:
        raise Mistyped(f"a {left} reckoned with", "a number")
    return left


def _unary(parts: Parts, names: Names) -> Type:
    if len(parts) == 1:
        return type_of(parts[0], names)
    sign, value = parts
    assert isinstance(sign, Tree)
    found = type_of(value, names)
    if sign.data == "unary_not" and found != BOOL:
        raise Mistyped(f"! before a {found}", "something that is true or false")
    if sign.data == "unary_neg" and found not in (INT, DOUBLE):
        raise Mistyped(f"- before a {found}", "a number")
    return found


def _ident(parts: Parts, names: Names) -> Type:
    name = str(parts[0])
    if name not in names:
        near = ", ".join(_near(name, names)) or ", ".join(names)
        raise Mistyped(f"no fact is called {name}", f"one of: {near} (`fleet policy facts` lists all)")
    return names[name]


def _near(name: str, names: Names) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, list(names), n=4, cutoff=0.5)


def _literal(parts: Parts, _: Names) -> Type:
    token = parts[0]
    assert isinstance(token, Token)
    kind = {"INT_LIT": INT, "FLOAT_LIT": DOUBLE, "STRING_LIT": STRING, "MLSTRING_LIT": STRING, "BOOL_LIT": BOOL}
    if token.type not in kind:
        raise Mistyped(f"{token!s} here", "a text, a number, true or false")
    return kind[token.type]


def _list(parts: Parts, names: Names) -> Type:
    items = _arguments(parts[0] if parts else None)
    if not items:
        return EMPTY
    found = {type_of(i, names) for i in items}
    if len(found) > 1:
        raise Mistyped("a list of " + " and ".join(sorted(map(str, found))), "items of one type")
    item = found.pop()
    if item not in _LISTS:
        raise Mistyped(f"a list of {item}s", "a list of texts, numbers or booleans")
    return ListOf(str(item))


def _arguments(tree: Node | None) -> list[Node]:
    return list(tree.children) if isinstance(tree, Tree) else []


def _function(parts: Parts, names: Names) -> Type:
    name, arguments = str(parts[0]), _arguments(parts[1] if len(parts) > 1 else None)
    found = [type_of(a, names) for a in arguments]
    if name == "size" and len(found) == 1:
        return _size(found[0])
    takes, gives = _FUNCTIONS.get(name, ((), ""))
    if not gives:
        raise Mistyped(f"no function is called {name}", f"one of: {', '.join(KNOWN_CALLS)}")
    if len(found) != 1 or found[0] not in takes:
        raise Mistyped(f"{name}({', '.join(map(str, found))})", f"{name} of one of: {', '.join(takes)}")
    return gives


def _size(of: Type) -> Type:
    if of in (STRING, EMPTY) or isinstance(of, ListOf):
        return INT
    raise Mistyped(f"the size of a {of}", "a text or a list")


def _method(parts: Parts, names: Names) -> Type:
    receiver, name = parts[0], str(parts[1])
    arguments = _arguments(parts[2] if len(parts) > 2 else None)
    on = type_of(receiver, names)
    if name == "size" and not arguments:
        return _size(on)
    if name in _TEXT_TESTS:
        found = [type_of(a, names) for a in arguments]
        if on != STRING or found != [STRING]:
            raise Mistyped(f"{name} of a {on} with ({', '.join(map(str, found))})", "a text and a text in quotes")
        return BOOL
    if name in _OVER_LISTS:
        return _over_list(on, name, arguments, names)
    raise Mistyped(f"no function is called .{name}", f"one of: {', '.join(KNOWN_CALLS)}")


def _over_list(on: Type, name: str, arguments: list[Node], names: Names) -> Type:
    if not isinstance(on, ListOf) or len(arguments) != 2:
        raise Mistyped(f"{name} of a {on}", f"a list, as in options.{name}(o, o == 'x')")
    bound = "".join(str(t) for t in _tokens(arguments[0]))
    if not bound.isidentifier() or bound in names:
        raise Mistyped(f"{bound or 'nothing'} as the name of an item", "a new name, such as o")
    if type_of(arguments[1], {**names, bound: on.item}) != BOOL:
        raise Mistyped(f"{name} with something that is not true or false", "a condition")
    return BOOL


def _tokens(tree: Node) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    return [t for child in tree.children for t in _tokens(child)]


def _index(parts: Parts, names: Names) -> Type:
    on, at = (type_of(p, names) for p in parts)
    if not isinstance(on, ListOf) or at != INT:
        raise Mistyped(f"[{at}] of a {on}", "the number of an item of a list")
    return on.item


def _no_members(parts: Parts, _: Names) -> Type:
    raise Mistyped(f".{parts[-1]}", "facts have no parts: names such as robot_model stand by themselves")


_RULES: dict[str, Callable[[Parts, Names], Type]] = {
    "expr": _expr,
    "conditionalor": lambda p, n: _both(p, n, "||"),
    "conditionaland": lambda p, n: _both(p, n, "&&"),
    "relation": _relation,
    "addition": _sum,
    "multiplication": _sum,
    "unary": _unary,
    "ident": _ident,
    "literal": _literal,
    "list_lit": _list,
    "ident_arg": _function,
    "member_dot_arg": _method,
    "member_index": _index,
    "member_dot": _no_members,
}
