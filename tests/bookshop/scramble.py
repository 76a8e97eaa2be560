"""Make another repository out of examples/bookshop: other names, other places, fewer defects, the same behaviour."""

import ast
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .defects import DEFECTS, Defect, Place, repair

MODULE_NAMES = ("ledger", "shelves", "people", "tariff", "vault", "figures", "stickers", "options", "wares", "checkout")
MODULES = ("accounts", "catalog", "labels", "orders", "pricing", "report", "settings", "stock", "storage")
MOVABLE = {
    "search_books": "catalog",
    "load_basket": "orders",
    "hash_password": "accounts",
    "mail_report": "report",
    "reserve": "stock",
}
# labels is untested, and must stay so; api is what everything else is called from
TARGETS = ("accounts", "catalog", "counter", "orders", "pricing", "report", "settings", "stock", "storage")
FUNCTION_NAMES = {
    "search_books": ("books_like", "look_for"),
    "load_basket": ("unpack_basket", "basket_from"),
    "hash_password": ("digest_of", "scramble_password"),
    "mail_report": ("send_figures", "post_report"),
    "reserve": ("take_copies", "set_aside"),
    "running_low": ("nearly_gone", "to_reorder"),
    "find_order": ("order_by_id", "fetch_order"),
    "write_sales": ("export_month", "save_sales"),
    "on_hand": ("copies_left", "in_store"),
}
NEUTRAL = ("", "# keep in step with the docs", "# the shop closes at six", "\n", "# asked for by the front desk")
# Strings and comments are matched first, so that only names in code are ever replaced.
CODE = r'(?:"""(?:.|\n)*?"""|[fr]?"(?:\\.|[^"\\\n])*"|[fr]?\'(?:\\.|[^\'\\\n])*\'|\#[^\n]*)'

Files = dict[str, str]


@dataclass(frozen=True)
class Scrambled:
    """`defects` says where the remaining ones are now; their `repair` no longer fits and is empty."""

    root: Path
    defects: tuple[Defect, ...]
    removed: tuple[Defect, ...]
    renamed: Mapping[str, str]
    moved: Mapping[str, str]

    @property
    def fails(self) -> set[str]:
        return {test for defect in self.defects for test in defect.fails}


def scramble(root: Path, rng: random.Random) -> Scrambled:
    """Scramble the copy at `root` in place."""
    removed = tuple(rng.sample(DEFECTS, rng.randint(2, 5)))
    repair(root, removed)
    defects = tuple(replace(defect, repair=()) for defect in DEFECTS if defect not in removed)
    files = {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.*")) if path.is_file()}
    moved: dict[str, str] = {}
    for function in rng.sample(sorted(MOVABLE), 3):
        targets = [target for target in TARGETS if target != MOVABLE[function]]
        for target in rng.sample(targets, len(targets)):
            attempt, places = move(files, function, MOVABLE[function], target)
            if cyclic(attempt) == cyclic(files):
                files, moved[function] = attempt, target
                defects = tuple(relocate(defect, places) for defect in defects)
                break
    modules = dict(zip(rng.sample(MODULES, 5), rng.sample(MODULE_NAMES, 5), strict=True))
    functions = {name: rng.choice(FUNCTION_NAMES[name]) for name in rng.sample(sorted(FUNCTION_NAMES), 5)}
    defects = tuple(rename_defect(defect, modules, functions) for defect in defects)
    files = {rename_file(file, modules): rename(file, text, modules, functions) for file, text in files.items()}
    files = {file: insert_lines(file, text, rng) for file, text in files.items()}
    for path in [*root.glob("bookshop/*.py"), *root.glob("tests/*.py")]:
        path.unlink()
    for file, text in files.items():
        (root / file).write_text(text)
    return Scrambled(root, defects, removed, {**modules, **functions}, moved)


# --- moving a function ---


def move(files: Files, function: str, source: str, target: str) -> tuple[Files, dict[Place, Place]]:
    """Move a top-level function to another module; returns the new files and where anchors in it went."""
    home, goal = f"bookshop/{source}.py", f"bookshop/{target}.py"
    text = files[home]
    tree = ast.parse(text)
    node = next(item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name == function)
    lines = text.splitlines(keepends=True)
    segment = "".join(lines[node.lineno - 1 : node.end_lineno])
    used = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    own = used & defined(tree)
    needed = {name: origin for name, origin in imported(tree).items() if name in used}
    qualify = {name: f"{source}.{name}" for name in own}
    segment = swap(segment, qualify, bare=True)

    new = dict(files)
    rest = "".join(lines[: node.lineno - 1]).rstrip("\n") + "\n\n\n" + "".join(lines[node.end_lineno :]).lstrip("\n")
    new[home] = swap(rest.rstrip("\n") + "\n", {function: f"{target}.{function}"}, bare=True)
    new[goal] = new.get(goal, f'"""What the {target} needs."""\n').rstrip("\n") + "\n\n\n" + segment
    for file in python_files(new):
        here = function if file == goal else f"{target}.{function}"
        new[file] = swap(new[file], {f"{source}.{function}": here}, bare=True)
    if own:
        needed[source] = ("bookshop", source)
    for file in python_files(new):
        extra = needed if file == goal else {target: ("bookshop", target)}
        if file == goal or new[file] != files.get(file):
            new[file] = tidy_imports(new[file], extra)
    anchors = [
        place
        for defect in DEFECTS
        for place in (Place(defect.file, defect.anchor), *defect.also)
        if place.file == home and place.anchor and swap(place.anchor, qualify, bare=True) in segment
    ]
    return new, {place: Place(goal, swap(place.anchor or "", qualify, bare=True)) for place in anchors}


def defined(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for item in tree.body:
        if isinstance(item, ast.FunctionDef | ast.ClassDef):
            names.add(item.name)
        elif isinstance(item, ast.Assign):
            names |= {goal.id for goal in item.targets if isinstance(goal, ast.Name)}
    return names


def imported(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Bound name -> (module or "", imported name) of the top-level imports, guarded ones left out."""
    found: dict[str, tuple[str, str]] = {}
    for item in tree.body:
        if isinstance(item, ast.Import | ast.ImportFrom):
            origin = (item.module or "") if isinstance(item, ast.ImportFrom) else ""
            found |= {alias.asname or alias.name: (origin, alias.name) for alias in item.names}
    return found


def tidy_imports(text: str, extra: Mapping[str, tuple[str, str]]) -> str:
    """Write the import block anew: what was there and `extra`, less what no code uses."""
    tree = ast.parse(text)
    used = {item.id for item in ast.walk(tree) if isinstance(item, ast.Name)}
    wanted = {name: origin for name, origin in {**imported(tree), **extra}.items() if name in used}
    lines = text.splitlines(keepends=True)
    old = [item for item in tree.body if isinstance(item, ast.Import | ast.ImportFrom)]
    start = old[0].lineno - 1 if old else (tree.body[0].end_lineno or 0)
    for item in old:
        lines[item.lineno - 1 : item.end_lineno] = [""] * ((item.end_lineno or 0) - item.lineno + 1)
    plain, grouped = [], dict[str, list[str]]()
    for name, (origin, original) in sorted(wanted.items()):
        spelled = original if name == original else f"{original} as {name}"
        if origin:
            grouped.setdefault(origin, []).append(spelled)
        else:
            plain.append(f"import {spelled}\n")
    block = [*plain, *(f"from {origin} import {', '.join(names)}\n" for origin, names in sorted(grouped.items()))]
    after = "".join(lines[start:]).lstrip("\n")
    gap = "\n" if after.startswith("try:") else "\n\n"
    return "".join(lines[:start]).rstrip("\n") + "\n\n" * bool(start) + "".join(block) + gap + after


def cyclic(files: Files) -> set[str]:
    """The modules of the package that import themselves, by whatever way round."""
    edges = {
        Path(file).stem: {name for origin, name in imported(ast.parse(text)).values() if origin == "bookshop"}
        for file, text in files.items()
        if file.startswith("bookshop/")
    }
    reach = {module: set(goals) for module, goals in edges.items()}
    for middle, further in reach.items():
        for goals in reach.values():
            if middle in goals:
                goals |= further
    return {module for module, goals in reach.items() if module in goals}


def relocate(defect: Defect, places: Mapping[Place, Place]) -> Defect:
    here = Place(defect.file, defect.anchor)
    now = places.get(here, here)
    return replace(
        defect, file=now.file, anchor=now.anchor, also=tuple(places.get(place, place) for place in defect.also)
    )


# --- names ---


def swap(text: str, names: Mapping[str, str], *, bare: bool) -> str:
    """Replace names in code; with `bare`, not where they are attributes."""
    if not names:
        return text
    before = r"(?<![\w.])" if bare else r"(?<!\w)"
    pattern = CODE + "|" + before + "(" + "|".join(re.escape(name) for name in sorted(names)) + r")(?!\w)"
    return re.sub(pattern, lambda hit: names[hit[1]] if hit[1] else hit[0], text)


def rename(file: str, text: str, modules: Mapping[str, str], functions: Mapping[str, str]) -> str:
    if file.endswith(".py"):
        text = swap(swap(text, modules, bare=True), functions, bare=False)
    pattern = r"\bbookshop([./])(" + "|".join(modules) + r")\b"
    return re.sub(pattern, lambda hit: f"bookshop{hit[1]}{modules[hit[2]]}", text)


def rename_file(file: str, modules: Mapping[str, str]) -> str:
    path = Path(file)
    return f"bookshop/{modules.get(path.stem, path.stem)}.py" if path.parent.name == "bookshop" else file


def rename_defect(defect: Defect, modules: Mapping[str, str], functions: Mapping[str, str]) -> Defect:
    def renamed(place: Place) -> Place:
        anchor = None if place.anchor is None else rename(place.file, place.anchor, modules, functions)
        return Place(rename_file(place.file, modules), anchor)

    now = renamed(Place(defect.file, defect.anchor))
    return replace(defect, file=now.file, anchor=now.anchor, also=tuple(renamed(place) for place in defect.also))


# --- lines that change nothing ---


def insert_lines(file: str, text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    if not file.endswith(".py"):
        return "".join([*lines[:1], "\n" * rng.randint(0, 3), *lines[1:]])
    spots = sorted(statement_lines(ast.parse(text)))
    for spot in sorted(rng.sample(spots, min(len(spots), rng.randint(2, 6))), reverse=True):
        indent = lines[spot - 1][: len(lines[spot - 1]) - len(lines[spot - 1].lstrip())]
        neutral = rng.choice(NEUTRAL)
        lines.insert(spot - 1, f"{indent}{neutral}\n" if neutral.strip() else f"{neutral}\n")
    return "".join(lines)


def statement_lines(tree: ast.Module) -> set[int]:
    bodies: list[list[ast.stmt]] = [tree.body]
    bodies += [item.body for item in ast.walk(tree) if isinstance(item, ast.FunctionDef)]
    return {
        min([item.lineno, *(mark.lineno for mark in getattr(item, "decorator_list", []))])
        for body in bodies
        for item in body[1:]
    }


def python_files(files: Iterable[str]) -> list[str]:
    return [file for file in files if file.endswith(".py")]
