"""Which files a blueprint becomes, where they lie, and what stands in them."""

from __future__ import annotations

from genesis.tools.python_project.project import Project
from genesis.tools.scaffold import calls, models
from genesis.tools.scaffold.blueprint import Blueprint
from genesis.tools.scaffold.samples import contradictory

_IMPORTED = "from __future__ import annotations\n"


def files_of(blueprint: Blueprint, found: Project, in_workspace: bool) -> dict[str, str]:
    """Path to text of every file, placed as the project places its own; a new project also gets its description."""
    name = blueprint.name
    packages = {module: path for module, path in found.packages.items() if not path.endswith(".py")}
    inside = next(iter(packages.items())) if len(packages) == 1 and name not in packages else None
    if inside is not None:
        base, module = f"{inside[1]}/{name}", f"{inside[0]}.{name}"
    else:
        source = "src/" if "src" in found.roots or not in_workspace else ""
        base, module = f"{source}{name}", name
    files: dict[str, str] = {}
    if blueprint.entities:
        usable = [one for one in blueprint.entities if not contradictory(one)]
        stored = [one for one in blueprint.entities if one.operations]
        files[f"{base}/__init__.py"] = f'"""{name.replace("_", " ").capitalize()}, as it was asked for."""\n'
        files[f"{base}/models.py"] = models.models(blueprint.entities, name)
        if usable:
            files[f"tests/test_{name}_models.py"] = models.model_tests(usable, f"{module}.models")
        if stored:
            files[f"{base}/stores.py"] = models.stores(stored, f"{module}.models")
            if [one for one in stored if one in usable]:
                text = models.store_tests(stored, f"{module}.models", f"{module}.stores")
                files[f"tests/test_{name}_stores.py"] = text
    if blueprint.functions or blueprint.command_line:
        file, dotted = (f"{base}/main.py", f"{module}.main") if blueprint.entities else (f"{base}.py", module)
        files[file], text = _calls(blueprint, dotted)
        files[f"tests/test_{name}.py"] = text
    if not in_workspace:
        files["pyproject.toml"] = _pyproject(blueprint)
        files["README.md"] = f"# {name}\n\nScaffolded from statements; run the tests with `python -m pytest`.\n"
    return files


def _calls(blueprint: Blueprint, dotted: str) -> tuple[str, str]:
    head = f'"""{blueprint.name.replace("_", " ").capitalize()}, as it was asked for."""\n\n{_IMPORTED}\n'
    names = [one.name for one in blueprint.functions]
    text, tests = calls.functions(blueprint.functions), calls.function_tests(blueprint.functions)
    if blueprint.command_line:
        command, _ = calls.command_line(blueprint.options, blueprint.functions, blueprint.name)
        text, head = text + command, head + "import argparse\nimport sys\n"
        tests += calls.command_line_tests(blueprint.options, blueprint.functions)
        names += ["main", "parse"]
    imports = f'"""What was stated holds."""\n\nimport pytest\n\nfrom {dotted} import {", ".join(sorted(names))}\n'
    return head + text, imports + tests


def _pyproject(blueprint: Blueprint) -> str:
    project_name = blueprint.name.replace("_", "-")
    text = (
        '[build-system]\nrequires = ["flit_core>=3.9"]\nbuild-backend = "flit_core.buildapi"\n\n'
        f'[project]\nname = "{project_name}"\nversion = "0.1.0"\n'
        f'description = "{blueprint.name.replace("_", " ").capitalize()}, as it was asked for."\n'
        'requires-python = ">=3.10"\n'
    )
    if project_name != blueprint.name:
        text += f'\n[tool.flit.module]\nname = "{blueprint.name}"\n'
    if blueprint.command_line:
        dotted = f"{blueprint.name}.main" if blueprint.entities else blueprint.name
        text += f'\n[project.scripts]\n{project_name} = "{dotted}:main"\n'
    return text + '\n[tool.pytest.ini_options]\npythonpath = ["src"]\n'
