"""The classes and resources of a strategy file, read from its text without running it."""

import ast
from collections.abc import Iterator


def class_lines(text: bytes) -> dict[str, int]:
    """Return the line of each class of a file, at any depth; the last one of equal names.

    Empty if the text cannot be parsed: running the file gives the error.
    """
    return {node.name: node.lineno for node in _nodes(text) if isinstance(node, ast.ClassDef)}


def resource_names(text: bytes) -> tuple[str, ...]:
    """Return the paths that the classes of a file declare as `resources`, in their order."""
    classes = (node for node in _nodes(text) if isinstance(node, ast.ClassDef))
    values = (value for node in classes for value in _assigned(node, "resources"))
    texts = (constant.value for value in values for constant in _constants(value))
    return tuple(dict.fromkeys(text for text in texts if isinstance(text, str)))


def _nodes(text: bytes) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return


def _assigned(node: ast.ClassDef, name: str) -> Iterator[ast.expr]:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if (
                target == name
            ):
                yield value


def _constants(value: ast.expr) -> Iterator[ast.Constant]:
    elements = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
    yield from (element for element in elements if isinstance(element, ast.Constant))
