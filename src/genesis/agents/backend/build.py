"""Builds a service from entities: document, schema, program; tried in the sandbox, handed over as a patch."""

from __future__ import annotations

import keyword
import re
import sys

from genesis.agents.change import CHANGE, keep
from genesis.agents.draft import Draft, many
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.errors import SandboxUnavailable
from genesis.finding import Finding, Source
from genesis.frozen import JsonValue
from genesis.tools.derive_entities import DeriveEntitiesInput, DeriveEntitiesOutput, derive_entities
from genesis.tools.entities.entity import Entity, identifier
from genesis.tools.inspect_project import InspectProjectInput, inspect_project
from genesis.tools.make_patch import MakePatchInput, make_patch
from genesis.tools.scaffold_service import ScaffoldServiceInput, scaffold_service
from genesis.tools.try_service import TryServiceInput, TryServiceOutput, try_service
from genesis.tools.write_api_document import WriteApiDocumentInput, write_api_document
from genesis.tools.write_sql_schema import WriteSqlSchemaInput, write_sql_schema

_NAMED = re.compile(
    r"(?i)\b(?:called|named)\s+[\"'`]?([A-Za-z][\w -]{1,40}?)[\"'`]?(?=$|[,.;]|\s(?:with|for|that|which)\b)"
)
TOLD = frozenset({"the requirements", "the words of the objective", "the files that were named"})
"""Origins of entities that somebody named; the others are what the workspace happens to hold."""


async def entities_of(task: Assignment, tools: Toolbox, draft: Draft, *, from_workspace: bool) -> DeriveEntitiesOutput:
    """The entities that the task is about; `from_workspace` False takes them from words and earlier tasks alone."""
    given = task.inputs.get("requirements")
    handed = given.get("entities") if isinstance(given, dict) else None
    words = tuple(dict.fromkeys(one for one in (task.goal, task.objective, *_statements(given)) if one))[:4]
    output = await tools.call(derive_entities, DeriveEntitiesInput(words=words, given=handed))
    if not from_workspace and output.origin not in TOLD:
        return DeriveEntitiesOutput(entities=(), origin="nothing")
    draft.not_done.extend(output.not_done)
    return output


def _statements(given: JsonValue) -> list[str]:
    """The texts of requirements that an earlier task numbered, as one text."""
    rows = given.get("statements") or given.get("requirements") if isinstance(given, dict) else None
    listed = rows if isinstance(rows, list) else []
    texts = [str(row.get("text") or "") if isinstance(row, dict) else str(row) for row in listed]
    return [". ".join(texts)[:20_000]] if texts else []


async def build_service(
    task: Assignment, tools: Toolbox, draft: Draft, found: DeriveEntitiesOutput, *, program: bool
) -> None:
    """Writes schema and document, with `program` the whole service, and what of it was proved."""
    entities = found.entities
    name, package = await _names(task, tools, entities)
    _tell(entities, draft)
    schema = await tools.call(write_sql_schema, WriteSqlSchemaInput(entities=entities))
    document = await tools.call(write_api_document, WriteApiDocumentInput(title=name, entities=entities))
    files = {f"{package}/schema.sql": schema.sql, f"{package}/openapi.json": document.text}
    draft.fact(
        f"schema.sql has {len(schema.tables)} tables with {schema.constraints} constraints; SQLite executed it.",
        Source(query="sqlite3 :memory: < schema.sql"),
    )
    draft.fact(
        f"openapi.json describes {document.operations} operations on {len(document.paths)} paths in valid OpenAPI 3.1.",
        Source(query="openapi-spec-validator openapi.json"),
    )
    draft.artifacts.append(tools.artifact("openapi.json", "application/vnd.oai.openapi+json", document.text))
    draft.artifacts.append(tools.artifact("schema.sql", "application/sql", schema.sql))
    started: bool | None = None
    names = ", ".join(entity.name for entity in entities[:6])
    line = f"{many(len(entities), 'entity', 'entities')} ({names}) from {found.origin} became "
    line += f"{many(len(schema.tables), 'table')} and {many(document.operations, 'API operation')}, both validated"
    if program:
        scaffolded = await tools.call(
            scaffold_service,
            ScaffoldServiceInput(package=package, entities=entities, document=document.text, sql=schema.sql),
        )
        files = scaffolded.files
        try:
            tried = await tools.call(try_service, TryServiceInput(package=package, files=files))
            started = _judge(tried, package, draft)
            held = f", and a service that answered {tried.calls} calls"
            line += held if started else ", but the service did not hold up"
        except SandboxUnavailable as error:
            draft.skip("starting the service", error.message)
        draft.skip("authentication", "the service trusts everyone who reaches it: put it behind something that asks")
        draft.next_steps.append(f"Apply changes.patch, then run `python -m {package} --port 8000`.")
    patch = await tools.call(make_patch, MakePatchInput(files=files))
    draft.artifacts.append(keep(tools, patch.text))
    draft.lines.append(line)
    draft.output.update(
        {
            "name": name,
            "package": package,
            "openapi": "openapi.json",
            "schema": "schema.sql",
            "patch": CHANGE,
            "files": list(patch.files),
            "paths": list(document.paths),
            "entities": [entity_json(entity) for entity in entities],
            "started": started,
        }
    )


def entity_json(entity: Entity) -> dict[str, JsonValue]:
    """An entity as later tasks read it."""
    fields: list[JsonValue] = [
        {"name": field.name, "kind": field.kind, "required": field.required, "references": field.references}
        for field in entity.fields
    ]
    return {"name": entity.name, "table": entity.table, "fields": fields}


def _tell(entities: tuple[Entity, ...], draft: Draft) -> None:
    for entity in entities:
        names = ", ".join(field.name for field in entity.fields)
        text = f"{entity.name} is kept with {names}." if names else f"{entity.name} is kept; no fields of it are named."
        draft.fact(text, entity.source)
        if not entity.fields:
            why = f"none are named: say, for example, `{entity.table} with name and date`"
            draft.skip(f"the fields of {entity.name}", why)


def _judge(tried: TryServiceOutput, package: str, draft: Draft) -> bool:
    how = {"http": "over loopback HTTP", "wsgi": "in process, for the sandbox has no loopback"}.get(tried.mode, "")
    source = Source(query=f"python drive.py {package}  ({tried.isolation})")
    if not tried.failed:
        where = f"in the sandbox ({tried.isolation})"
        draft.fact(f"The service was started {where} and answered {tried.calls} calls {how} rightly.", source)
        return True
    kind, remedy = "service_does_not_hold", "Do not use it as it is."
    draft.findings += [
        Finding(kind=kind, severity="high", message=problem, source=source, remedy=remedy) for problem in tried.failed
    ]
    return False


async def _names(task: Assignment, tools: Toolbox, entities: tuple[Entity, ...]) -> tuple[str, str]:
    """The service's title, and a name for its package that is free in the workspace."""
    named = _NAMED.search(task.goal)
    package = identifier(named.group(1)) if named else f"{entities[0].name}_service"
    project, taken = None, set()
    if tools.workspace is not None:
        project = (await tools.call(inspect_project, InspectProjectInput())).name
        taken = {file.name.partition("/")[0].removesuffix(".py") for file in tools.workspace.files}
    if keyword.iskeyword(package) or package in sys.stdlib_module_names:
        package += "_service"
    package = next(one for one in (package, *(f"{package}_{n}" for n in range(2, 1000))) if one not in taken)
    if named:
        return named.group(1).strip(), package
    return f"{project.value} {entities[0].table}" if project else package.replace("_", " "), package
