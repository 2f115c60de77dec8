"""What the language test reads of a file: its names, its comments and docstrings, its texts."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import NamedTuple

SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|CREATE|ALTER|JOIN|ORDER BY|ON)\b")

_STRING = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\""""
# What begins a value: there a slash opens a regular expression, elsewhere it divides.
_REGEX = (
    r"(?:(?<=[(,=:\[!&|?{};\n])|(?<=return))[ \t]*"
    r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/"
)
_SCRIPT = re.compile(
    rf"(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>{_STRING})|(?P<regex>{_REGEX})"
    r"|(?P<name>[A-Za-z_$][\w$]*)|(?P<other>.)",
    re.DOTALL,
)
_COMMENT = re.compile(r"^(?:.*  |\s*)# (?!type:|noqa|fmt:)(.+)$", re.MULTILINE)
_STYLE_NAME = re.compile(r"[.#](-?[a-z_][\w-]*)|(?<![\w-])--([a-z][\w-]*)")


class Source(NamedTuple):
    """The words of one file: its identifiers, comments, classes and texts."""

    path: str
    names: set[str]
    docstrings: list[tuple[str, str]]  # with what they describe
    classes: list[str]
    texts: list[str]  # what users may read: other strings with a blank in them, but no SQL

    @classmethod
    def empty(cls, path: str) -> "Source":
        return cls(path, set(), [], [], [])


def read_source(path: str, text: str) -> Source:
    """Return the names and texts of a file of Python, JavaScript, CSS, JSON or Markdown."""
    read = {".js": read_script, ".css": read_style, ".json": read_json, ".md": read_markdown}
    return read.get(PurePath(path).suffix, read_python)(path, text)


def module_name(path: str) -> str:
    """Return the last part of a module's name, of a test module that of what it tests."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return parts[-1].removeprefix("test_")


def read_python(path: str, text: str) -> Source:
    """Read names that are defined, those of loggers included, docstrings, comments and texts.

    Texts of tests are data.
    """
    source = Source.empty(path)
    source.names.add(module_name(path))
    constants: list[str] = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=str(value)) if " " in value.strip():
                constants.append(value)
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                _add_definition(source, node)
            case _:
                source.names.update(_assigned(node))
    documented = {text for _, text in source.docstrings}
    source.docstrings.extend(("comment", each) for each in _COMMENT.findall(text))
    if not path.startswith("tests/"):
        source.texts.extend(
            value for value in constants if value not in documented and not SQL.search(value)
        )
    return source


def _add_definition(
    source: Source, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
) -> None:
    name = "module" if isinstance(node, ast.Module) else node.name
    if not isinstance(node, ast.Module):
        source.names.add(name)
    if isinstance(node, ast.ClassDef):
        source.classes.append(name)
    if text := ast.get_docstring(node, clean=False):
        source.docstrings.append((name, text))


def _assigned(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
            yield name
        case ast.Call(func=ast.Attribute(attr="getLogger"), args=[ast.Constant(value=str(name))]):
            yield name


def read_script(path: str, text: str) -> Source:
    """Read every identifier, comment and string of a page's script."""
    source = Source.empty(path)
    _add_script(source, text)
    return source


def _add_script(source: Source, text: str) -> None:
    for part in _script_parts(text):
        match part:
            case "comment", value:
                source.docstrings.append(("comment", value))
            case "name", value:
                source.names.add(value)
            case "string", value if " " in value.strip():
                source.texts.append(value)
            case "string", value:
                source.names.add(value)


def _script_parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and text of each comment, string and name; templates part by part."""
    at = 0
    while at < len(text):
        if text[at] == "`":
            literal, inner, at = _template(text, at + 1)
            yield "string", literal
            for code in inner:
                yield from _script_parts(code)
            continue
        found = _SCRIPT.match(text, at)
        assert found is not None
        at = found.end()
        if found.lastgroup == "string":
            yield "string", found.group()[1:-1]
        elif found.lastgroup in ("comment", "name"):
            yield found.lastgroup, found.group()


def _template(text: str, at: int) -> tuple[str, list[str], int]:
    """Return a template's text, the code inside of it, and where it ends."""
    literal, inner = "", []
    while text[at] != "`":
        if text.startswith("${", at):
            end = _end_of_code(text, at + 2)
            inner.append(text[at + 2 : end])
            literal, at = f"{literal} … ", end + 1
        else:
            width = 2 if text[at] == "\\" else 1
            literal, at = literal + text[at : at + width], at + width
    return literal, inner, at + 1


def _end_of_code(text: str, at: int) -> int:
    """Return where the brace closes that was opened before `at`."""
    depth = 0
    while text[at] != "}" or depth:
        if text[at] == "`":
            _, _, at = _template(text, at + 1)
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        found = _SCRIPT.match(text, at)
        assert found is not None
        at = found.end()
    return at


def read_style(path: str, text: str) -> Source:
    """Read classes, ids, custom properties, comments and shown texts of a style sheet."""
    source = Source.empty(path)
    comments = re.compile(r"/\*.*?\*/", re.DOTALL)
    source.docstrings.extend(("comment", each) for each in comments.findall(text))
    code = re.sub(r"url\([^)]*\)", "", comments.sub("", text))
    source.texts.extend(re.findall(r'content:\s*"([^"]+)"', code))
    source.names.update(name for found in _STYLE_NAME.findall(code) for name in found if name)
    return source


def read_markdown(path: str, text: str) -> Source:
    """Read the paragraphs of a document but its code."""
    source = Source.empty(path)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    prose = re.sub(r"\]\([^)]*\)", "]", prose)  # the targets of links
    source.texts.extend(part for part in re.split(r"\n\s*\n", prose) if part.strip())
    return source


def read_json(path: str, text: str) -> Source:
    """Read the texts of a configuration file or a dashboard: its values with a blank in them."""
    source = Source.empty(path)
    strings = re.findall(r'"((?:\\.|[^"\\])*)"\s*[,\]}]', text)
    source.texts.extend(value for value in strings if " " in value)
    return source


def split_name(name: str) -> list[str]:
    """Split at `_`, `.` and case; a dunder has no word of ours."""
    if name.startswith("__") and name.endswith("__"):
        return []
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def split_text(text: str) -> list[str]:
    """Return the words of a text but those that quote code."""
    return re.findall(r"[a-z]+", re.sub(r"`[^`]*`", " ", text.lower()))


def namesakes(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Return the public classes that share a name, with their files."""
    paths: dict[str, list[str]] = {}
    for source in sources:
        for name in source.classes:
            if not name.startswith("_"):
                paths.setdefault(name, []).append(source.path)
    return {name: found for name, found in paths.items() if len(found) > 1}
