"""Reviews what is there: OpenAPI documents and SQL schemas of the workspace."""

from __future__ import annotations

from genesis.agents.draft import Draft, many
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Finding
from genesis.frozen import JsonValue
from genesis.tools.check_api_document import CheckApiDocumentInput, check_api_document
from genesis.tools.review_schema import ReviewSchemaInput, review_schema
from genesis.tools.survey_instrumentation import SurveyInstrumentationInput, survey_instrumentation


async def check_documents(task: Assignment, tools: Toolbox, draft: Draft) -> bool:
    """Checks the API documents. Whether there were any."""
    if tools.workspace is None:
        return False
    text = f"{task.goal} {task.objective}"
    named = tuple(
        file.name
        for file in tools.workspace.files
        if file.name.endswith((".yaml", ".yml", ".json")) and file.name.rpartition("/")[2] in text
    )[:20]
    output = await tools.call(check_api_document, CheckApiDocumentInput(files=named))
    draft.not_done.extend(output.not_done)
    if not output.documents:
        return False
    draft.findings.extend(output.findings)
    for one in output.documents:
        what = f"{one.operations} operations on {len(one.paths)} paths"
        draft.fact(f"{one.file} follows version {one.version} and describes {what}.", one.source)
    serious = sum(finding.severity in {"critical", "high"} for finding in output.findings)
    names = ", ".join(one.file for one in output.documents[:3])
    operations = sum(one.operations for one in output.documents)
    verdict = f"{len(output.findings)} findings, {serious} of them serious" if output.findings else "no findings"
    draft.lines.append(f"{names} with {operations} operations: {verdict}")
    draft.output["documents"] = [one.file for one in output.documents]
    draft.output["paths"] = list([path for one in output.documents for path in one.paths][:500])
    return True


async def list_endpoints(tools: Toolbox, draft: Draft) -> bool:
    """Where there is no API document: what the code answers, which nothing describes. Whether it answers anything."""
    if tools.workspace is None:
        return False
    seen = await tools.call(survey_instrumentation, SurveyInstrumentationInput())
    if not seen.endpoints:
        return False
    for endpoint in seen.endpoints:
        draft.fact(f"{endpoint.method} {endpoint.path} is answered by {endpoint.handler}.", endpoint.source)
    message = f"the code answers {len(seen.endpoints)} endpoints, and no OpenAPI document describes them"
    draft.findings.append(
        Finding(
            kind="no_api_document",
            severity="medium",
            message=message,
            source=seen.endpoints[0].source,
            remedy="Write one, so that clients and tests can be made from it; this is the first endpoint.",
        )
    )
    draft.lines.append(message)
    paths: list[JsonValue] = list(dict.fromkeys(endpoint.path for endpoint in seen.endpoints))
    draft.output["paths"] = paths
    return True


async def review_tables(tools: Toolbox, draft: Draft) -> bool:
    """Reviews the SQL. Whether there was any."""
    if tools.workspace is None:
        return False
    output = await tools.call(review_schema, ReviewSchemaInput())
    if not output.tables:
        return False
    draft.not_done.extend(output.not_done)
    draft.findings.extend(output.findings)
    for table in output.tables:
        key = f"the key {', '.join(table.primary)}" if table.primary else "no primary key"
        refers = f" and refers to {', '.join(table.references)}" if table.references else ""
        draft.fact(f"{table.name} has {len(table.columns)} columns, {key}{refers}.", table.source)
    verdict = many(len(output.findings), "finding") if output.findings else "no findings"
    draft.lines.append(f"{many(len(output.tables), 'table')} of the workspace's SQL reviewed: {verdict}")
    tables: list[JsonValue] = [{"name": one.name, "columns": list(one.columns)} for one in output.tables]
    draft.output["tables"] = tables
    return True
