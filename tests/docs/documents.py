"""What the documents name: links, commands, settings, events, files."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

HOME = Path(__file__).resolve().parents[2]
_FOLDERS = ("docs", "deploy", "sandbox", "bench")
DOCUMENTS = sorted(
    path.relative_to(HOME).as_posix()
    for pattern in ("*.md", *(f"{folder}/**/*.md" for folder in _FOLDERS))
    for path in HOME.glob(pattern)
)
PACKAGES = (
    *("accounts", "ai", "billing", "cube_demper", "kaspi", "news", "preorders", "products"),
    *("whatsapp", "sandbox", "deploy"),
)
_SUFFIXES = r"(?:py|md|lua|toml|yml|yaml|json|sh|env|example|png)"


def text_of(document: str) -> str:
    return (HOME / document).read_text(encoding="utf-8")


def prose_of(document: str) -> str:
    """The text without its blocks of code."""
    without_fences = re.sub(r"^```.*?^```", "", text_of(document), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^(?: {4}|\t).*$", "", without_fences, flags=re.MULTILINE)


def quoted(text: str) -> set[str]:
    """What stands between backticks on one line."""
    return set(re.findall(r"`([^`\n]+)`", text))


def links_of(document: str) -> set[str]:
    """The targets of links and images that lead to something of ours."""
    targets = set(re.findall(r"\]\(<?([^)>\s]+)>?\)", prose_of(document)))
    return {
        target for target in targets if "://" not in target and not target.startswith("mailto:")
    }


def leads_somewhere(document: str, target: str) -> bool:
    """Is there such a file, and such a heading in it?"""
    path, _, heading = unquote(target).partition("#")
    file = (HOME / document).parent / path if path else HOME / document
    return file.exists() and (not heading or heading in _anchors(file))


def _anchors(file: Path) -> set[str]:
    """Headings as the usual viewers make anchors of them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def is_there(document: str, path: str) -> bool:
    """Is there such a file or folder: of the project, beside the document, or in an app?"""
    places = (HOME / path, (HOME / document).parent / path, *HOME.glob(f"*/{path}"))
    return any(place.exists() for place in places)


def make_targets_of(document: str) -> set[str]:
    commands = re.findall(r"(?:`|^ {4}|^)make ([a-z-]+)\b", text_of(document), flags=re.MULTILINE)
    return set(commands)


def management_commands_of(document: str) -> set[str]:
    """Names after ``manage.py``, or after the container's role ``manage``."""
    return set(re.findall(r"(?:manage\.py|web manage) ([a-z_]+)", text_of(document)))


def settings_of(document: str) -> set[str]:
    """Names that are written like settings."""
    return set(re.findall(r"(?<![\w$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text_of(document)))


def files_of(document: str) -> set[str]:
    """Paths of the project between backticks. What only a run makes (``var/``) does not count."""
    pattern = re.compile(rf"\.?\w[\w.-]*(?:/[\w.-]+)*(?:/|/[\w.-]+\.{_SUFFIXES})")
    found = {term for term in quoted(text_of(document)) if pattern.fullmatch(term)}
    return {path for path in found if not path.startswith("var/") and "NNNN" not in path}


def events_of(document: str) -> set[str]:
    """The events that a table's first column explains."""
    return set(re.findall(r"^\| `([a-z_.]+\.[a-z_]+)` \|", text_of(document), flags=re.MULTILINE))


def names_in_last_column(document: str) -> set[str]:
    """Every identifier between backticks in the last column of a table."""
    rows = [line for line in text_of(document).splitlines() if line.startswith("|")]
    terms = [term for row in rows for term in quoted(row.rstrip("| ").rpartition("|")[2])]
    return {name for term in terms for name in re.findall(r"[A-Za-z_]{3,}", term)}


@cache
def code() -> str:
    """All of ours that is not a document, as one text."""
    suffixes = {".py", ".lua", ".sh", ".yml", ".yaml"}
    files = [path for package in PACKAGES for path in sorted((HOME / package).rglob("*"))]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in suffixes]
    return "\n".join(texts)


@cache
def events_in_code() -> frozenset[str]:
    """The first text given to a logger, wherever one is called."""
    apps = (HOME / package for package in PACKAGES if package not in {"sandbox", "deploy"})
    modules = [path for app in apps for path in sorted(app.rglob("*.py"))]
    return frozenset(event for path in modules for event in _logged(path))


def _logged(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="logger")), args=arguments):
                texts = [a.value for a in arguments if isinstance(a, ast.Constant)]
                yield from (text for text in texts[:1] if isinstance(text, str))
            case _:
                pass
