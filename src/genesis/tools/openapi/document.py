"""What is wrong with an OpenAPI document, as data. Nothing is fetched: references that lead out are not followed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from genesis.frozen import Frozen
from genesis.tools.openapi.references import (
    MAX_DEPTH,
    depth_of,
    followed,
    mappings_of,
    references_of,
    resolves,
)
from genesis.tools.places.yaml_lines import Path

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
MAX_BYTES = 2_000_000
MAX_OF_A_KIND = 30


class Issue(Frozen):
    """`at`: the path of keys and positions to the place in the document."""

    kind: str
    message: str
    at: tuple[str | int, ...]
    remedy: str


def operations_of(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, verb and operation, in the document's order."""
    paths = document.get("paths")
    return [
        (str(path), verb, item[verb])
        for path, item in (paths.items() if isinstance(paths, dict) else ())
        if isinstance(item, dict)
        for verb in VERBS
        if isinstance(item.get(verb), dict)
    ]


def issues_of(document: dict[str, Any]) -> tuple[list[Issue], list[tuple[str, str]]]:
    """The issues, and what was not looked at (what, why)."""
    if depth_of(document) > MAX_DEPTH:
        return [], [("the content", f"nested more than {MAX_DEPTH} deep")]
    references = list(references_of(document, ()))
    outside = sorted({target for _, target in references if not target.startswith("#")})
    issues = [
        Issue(
            kind="dangling_reference",
            message=f"refers to {target}, which is not in the document",
            at=at,
            remedy="Add it, or correct the reference.",
        )
        for at, target in references
        if target.startswith("#") and not resolves(document, target)
    ]
    unread = [(f"{len(outside)} references", f"they lead out of it ({outside[0][:80]})")] if outside else []
    dangling = bool(issues)
    issues += _own_checks(document, references)
    found, gave_up = _validated(document, whole=not outside and not dangling)
    issues += found
    unread += gave_up
    counts: Counter[str] = Counter()
    kept = []
    for issue in issues:
        counts[issue.kind] += 1
        if counts[issue.kind] <= MAX_OF_A_KIND:
            kept.append(issue)
    for kind, count in counts.items():
        if count > MAX_OF_A_KIND:
            unread.append((f"{count - MAX_OF_A_KIND} more of {kind}", f"the first {MAX_OF_A_KIND} are given"))
    return kept, unread


def _validated(document: dict[str, Any], *, whole: bool) -> tuple[list[Issue], list[tuple[str, str]]]:
    """What openapi-spec-validator says; `whole` False leaves out all that needs references."""
    from openapi_spec_validator import (
        OpenAPIV2SpecValidator,
        OpenAPIV30SpecValidator,
        OpenAPIV31SpecValidator,
        OpenAPIV32SpecValidator,
    )
    from openapi_spec_validator.validation.exceptions import DuplicateOperationIDError, UnresolvableParameterError
    from referencing.exceptions import Unresolvable

    version = str(document.get("openapi", document.get("swagger")))
    kinds = {"2": OpenAPIV2SpecValidator, "3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}
    kinds["3.2"] = OpenAPIV32SpecValidator
    chosen = next((kind for prefix, kind in kinds.items() if version.startswith(prefix)), None)
    if chosen is None:
        message, remedy = f"version {version[:20]!r} of the specification is not known", "Use 3.0, 3.1 or 3.2."
        return [Issue(kind="api_document_invalid", message=message, at=("openapi",), remedy=remedy)], []
    plain = _plain(document)
    errors = chosen(plain).iter_errors() if whole else chosen.schema_validator.iter_errors(plain)
    issues: list[Issue] = []
    try:
        for error in errors:
            if isinstance(error, DuplicateOperationIDError | UnresolvableParameterError):
                continue  # said below, with the place
            issues.append(_issue_of(error, version))
            if len(issues) > MAX_OF_A_KIND:
                break
    # The validator takes a schema-valid document for granted, and a stranger's need not be one.
    except (Unresolvable, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return issues, [("the rest of the validation", f"the validator gave up ({type(error).__name__})")]
    return issues, []


def _issue_of(error: Any, version: str) -> Issue:
    while error.context:  # of "none of these fits" the part that came furthest says most
        error = max(error.context, key=lambda one: (len(one.absolute_path), "$ref" not in one.message))
    message = re.sub(r"\s+", " ", error.message)
    message = message if len(message) <= 200 else f"{message[:120]} ... {message[-70:]}"
    remedy = f"Follow OpenAPI {version[:10]} here."
    return Issue(kind="api_document_invalid", message=message, at=tuple(error.absolute_path), remedy=remedy)


def _plain(value: Any) -> Any:
    """A copy as JSON would have it: keys are text (YAML reads 200 as a number), dates are text.

    A default beside a pattern loses the pattern: the validator would try a stranger's regular expression on it.
    """
    if isinstance(value, dict):
        found = {str(key): _plain(inner) for key, inner in value.items()}
        if "default" in found and isinstance(found.get("pattern"), str):
            del found["pattern"]
        return found
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _own_checks(document: dict[str, Any], references: list[tuple[Path, str]]) -> Iterator[Issue]:
    operations = operations_of(document)
    seen: dict[str, str] = {}
    without_id, without_error = [], []
    for path, verb, operation in operations:
        at = ("paths", path, verb)
        name = operation.get("operationId")
        if not isinstance(name, str):
            without_id.append(at)
        elif name in seen:
            message = f"operationId {name!r} is that of {seen[name]} already"
            yield Issue(kind="duplicate_operation_id", message=message, at=(*at, "operationId"), remedy="Rename one.")
        else:
            seen[name] = f"{verb.upper()} {path}"
        answers = operation.get("responses")
        if isinstance(answers, dict) and not any(str(code)[:1] in "45d" for code in answers):
            without_error.append(at)
        yield from _parameters(document, path, verb, operation)
    for kind, places, what in (
        ("no_operation_id", without_id, "have no operationId, so generated clients name them anyhow"),
        ("no_error_response", without_error, "describe no answer for when they fail"),
    ):
        if places:
            message = f"{len(places)} of {len(operations)} operations {what}"
            yield Issue(kind=kind, message=message, at=places[0], remedy="This is the first.")
    yield from _servers_and_security(document, operations)
    yield from _unused(document, references)


def _parameters(document: dict[str, Any], path: str, verb: str, operation: dict[str, Any]) -> Iterator[Issue]:
    named = set(re.findall(r"\{([^{}]+)\}", path))
    declared: set[str] = set()
    for holder in (document["paths"][path], operation):
        for one in holder.get("parameters") or []:
            resolved = followed(document, one)
            if resolved is None:
                return  # leads out or dangles: what it declares is not known
            if resolved.get("in") == "path":
                declared.add(str(resolved.get("name")))
    for missing in sorted(named - declared):
        message = f"{verb.upper()} {path} does not declare its parameter {missing!r}"
        remedy = "Add it to `parameters` with `in: path`."
        yield Issue(kind="path_parameter_mismatch", message=message, at=("paths", path, verb), remedy=remedy)
    for extra in sorted(declared - named):
        message = f"{verb.upper()} {path} declares the path parameter {extra!r}, which is not in the path"
        yield Issue(kind="path_parameter_mismatch", message=message, at=("paths", path, verb), remedy="Remove it.")


def _servers_and_security(
    document: dict[str, Any], operations: list[tuple[str, str, dict[str, Any]]]
) -> Iterator[Issue]:
    servers = document.get("servers")
    addresses = (
        [str(one.get("url", "")) for one in servers if isinstance(one, dict)] if isinstance(servers, list) else []
    )
    if document.get("host"):
        addresses = [f"{scheme}://{document['host']}" for scheme in document.get("schemes") or ["https"]]
    public = [one for one in addresses if re.match(r"https?://(?!localhost|127\.|0\.0\.0\.0|\[::1|[^/]*example)", one)]
    where: Path = ("servers",) if servers else ("host",)
    for address in public:
        if address.startswith("http://") and f"https://{address[7:]}" not in addresses:
            message = f"{address[:100]} is spoken to without encryption"
            yield Issue(kind="plain_http_server", message=message, at=where, remedy="Use https.")
    components = document.get("components")
    schemes = document.get("securityDefinitions") or (
        components.get("securitySchemes") if isinstance(components, dict) else None
    )
    writes = [(path, verb) for path, verb, _ in operations if verb in {"post", "put", "patch", "delete"}]
    if writes and public and not schemes and not any("security" in operation for _, _, operation in operations):
        path, verb = writes[0]
        message = f"{len(writes)} operations change something, and none asks who is calling"
        remedy = "Declare `securitySchemes` and `security`; if it is open on purpose, say so with `security: []`."
        yield Issue(kind="no_authentication_declared", message=message, at=("paths", path, verb), remedy=remedy)


def _unused(document: dict[str, Any], references: list[tuple[Path, str]]) -> Iterator[Issue]:
    components = document.get("components")
    used = {target for _, target in references}
    mapped = {str(one) for one in mappings_of(document)}
    for part in ("schemas", "parameters", "responses", "requestBodies"):
        entries = components.get(part) if isinstance(components, dict) else None
        for name in entries if isinstance(entries, dict) else ():
            target = f"#/components/{part}/{str(name).replace('~', '~0').replace('/', '~1')}"
            if not any(one == target or one.startswith(f"{target}/") for one in used) and not mapped & {
                target,
                str(name),
            }:
                message = f"{part}/{name} is used nowhere"
                at = ("components", part, str(name))
                yield Issue(kind="unused_component", message=message, at=at, remedy="Remove it, or refer to it.")
