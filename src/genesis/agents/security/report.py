"""What security says of what it found: findings, facts with sources, what was not looked at, and the SARIF log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from genesis.agents.result import Result
from genesis.agents.security.judgement import Weakness
from genesis.agents.security.rules import RULES
from genesis.agents.security.sarif import sarif
from genesis.agents.toolbox import Toolbox
from genesis.finding import BLOCKING, SEVERITIES, Fact, Finding, NotDone, Source, by_severity
from genesis.frozen import JsonValue
from genesis.security.workspace import Workspace
from genesis.tools.places.quote import Quotes
from genesis.tools.read_project import ReadProjectOutput
from genesis.tools.run_bandit import RunBanditOutput
from genesis.tools.scan_secrets import ScanSecretsOutput
from genesis.tools.trace_inputs import TraceInputsOutput
from genesis.tools.workspace.file_roles import language, role

TOGETHER = 3  # findings of little weight and one kind in a file: from here on they are said in one
MAX_LIGHT = 4  # findings of little weight and one kind: the rest is said in the last

NEVER_DONE = (
    NotDone(
        what="known vulnerabilities of the dependencies",
        why="it needs an advisory database, which is not reachable from here; run `pip-audit` or your host's scanner",
    ),
    NotDone(
        what="the history of version control",
        why="only the files as they are were looked at; a secret that was removed is still in the history",
    ),
)


def report(
    tools: Toolbox,
    workspace: Workspace,
    python: Sequence[str],
    found: list[Weakness],
    secrets: ScanSecretsOutput,
    project: ReadProjectOutput,
    bandit: RunBanditOutput,
    traces: TraceInputsOutput,
    not_done: list[NotDone],
) -> Result:
    """`python` are the files that were analysed, `found` what weighs anything; the SARIF log has all of it."""
    quote = Quotes(workspace)
    found = sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.file, one.line, one.kind))
    quoted = [(one, quote(one.file, one.line)) for one in found]
    log = tools.artifact("security.sarif", "application/sarif+json", sarif(quoted))
    findings = by_severity(_findings(quoted))
    counted = Counter(one.severity for one in findings)
    blocking = [one for one in findings if one.severity in BLOCKING]
    worst: list[JsonValue] = [
        {"kind": one.kind, "severity": one.severity, "file": one.source.file, "line": one.source.line}
        for one in findings[:10]
        if one.source is not None
    ]
    return Result(
        summary=_summary(findings, len(python), secrets.scanned),
        facts=tuple(_facts(python, secrets, project, bandit, traces, found, quote)),
        findings=tuple(findings),
        not_done=(
            *not_done,
            *_languages(workspace),
            *dict.fromkeys((*secrets.not_read[:20], *bandit.not_read[:20], *traces.not_read[:20])),
            *NEVER_DONE,
            *workspace.skipped[:20],
        ),
        next_steps=tuple(dict.fromkeys(one.remedy for one in blocking[:5] if one.remedy)),
        artifacts=(log,),
        outputs={
            "security_report": {
                "blocking": len(blocking),
                "findings": {severity: counted[severity] for severity in SEVERITIES if counted[severity]},
                "kinds": dict(sorted(Counter(one.kind for one in findings).items())),
                "files": len(workspace.files),
                "worst": worst,
                "artifact": log.name,
            }
        },
    )


def _findings(quoted: Sequence[tuple[Weakness, Source]]) -> list[Finding]:
    """What is said in the report. What weighs little is said once per file, not for every file; SARIF has it all."""
    light = [one for one, _ in quoted if one.severity == "low"]
    in_file = Counter((one.kind, one.file) for one in light)
    said = set[tuple[str, str]]()
    shown = Counter[str]()
    findings: list[Finding] = []
    for one, source in quoted:
        more = ""
        if one.severity == "info" and one.kind != "committed_secret_file":
            continue
        if one.severity == "low":
            key = one.kind, one.file
            if key in said or shown[one.kind] == MAX_LIGHT:
                continue
            if in_file[key] >= TOGETHER:
                said.add(key)
                more = f" ({in_file[key] - 1} more places in this file)"
            shown[one.kind] += 1
            if shown[one.kind] == MAX_LIGHT:
                rest = {
                    (two.file, two.line) for two in light if two.kind == one.kind and (two.kind, two.file) not in said
                }
                left = (
                    len(rest) - sum(finding.kind == one.kind and finding.severity == "low" for finding in findings) - 1
                )
                more = f" ({left} more places; the SARIF log has them all)" if left > 0 else more
        marked = "; its authors marked it as accepted" if one.accepted else ""
        findings.append(
            Finding(
                kind=one.kind,
                severity=one.severity,
                message=f"{one.message[:1].upper()}{one.message[1:]}{more}{marked}.",
                source=source,
                remedy=one.remedy,
                agent="security",
            )
        )
    return findings


def _summary(findings: Sequence[Finding], python: int, texts: int) -> str:
    looked = f"{texts} text files were scanned for secrets, and no Python was there to be analysed"
    if python:
        looked = f"{python} Python files were analysed and {texts} text files scanned for secrets"
    blocking = [one for one in findings if one.severity in BLOCKING]
    if not findings:
        return f"{looked}: nothing found."
    if not blocking:
        return f"{looked}: {len(findings)} finding{'s' * (len(findings) != 1)}, none of which blocks a release."
    kinds = ", ".join(
        f"{count} {kind.replace('_', ' ')}" for kind, count in Counter(one.kind for one in blocking).items()
    )
    block = "blocks" if len(blocking) == 1 else "block"
    return f"{looked}: {len(findings)} findings, {len(blocking)} of which {block} a release ({kinds})."


def _facts(
    python: Sequence[str],
    secrets: ScanSecretsOutput,
    project: ReadProjectOutput,
    bandit: RunBanditOutput,
    traces: TraceInputsOutput,
    found: Sequence[Weakness],
    quote: Quotes,
) -> list[Fact]:
    facts = []
    if python:
        facts.append(
            Fact(
                text=f"{len(RULES)} tests of bandit were run over {len(python)} Python files that are no tests; "
                f"{len(bandit.results)} places were looked at closer.",
                sources=(Source(query=f"bandit --tests {','.join(sorted(RULES))}"),),
            )
        )
        reached = [one for one in traces.sinks if any(fill.kind == "request" for fill in one.fills)]
        facts.append(
            Fact(
                text=f"{len(traces.sinks)} places hand values to SQL, a shell, pickle or eval; "
                f"a request reaches {len(reached)} of them.",
                sources=tuple(quote(one.file, one.line) for one in reached[:5])
                or (Source(query="trace_inputs: callers followed by name and import, at most 5 deep"),),
            )
        )
    facts.append(
        Fact(
            text=f"{secrets.scanned} text files were scanned for secrets; {len(secrets.secrets)} places look like one, "
            f"{sum(one.role == 'code' for one in secrets.secrets)} of them in what is shipped.",
            sources=(Source(query="scan_secrets: formats of providers, and names of secrets with values to match"),),
        )
    )
    listed = [one for one in project.requires if one.scope == "deploy"]
    if listed:
        facts.append(
            Fact(
                text=f"{sum(one.pinned for one in listed)} of {len(listed)} requirements in lists for installation are "
                "pinned to one version.",
                sources=tuple(quote(one.file, one.line) for one in listed[:3]),
            )
        )
    accepted = sum(one.accepted for one in found)
    if accepted:
        places = [one for one in found if one.accepted]
        facts.append(
            Fact(
                text=f"{accepted} of the places found are marked `# nosec` by their authors, and weigh one step less.",
                sources=tuple(quote(one.file, one.line) for one in places[:3]),
            )
        )
    return facts


def _languages(workspace: Workspace) -> list[NotDone]:
    others = Counter(
        said
        for file in workspace.files
        if (said := language(file.name)) and said != "Python" and role(file.name) not in ("test", "vendored")
    )
    return [
        NotDone(
            what=f"static analysis of {count} {name} files",
            why="it is made for Python; these files were scanned for secrets only",
        )
        for name, count in sorted(others.items())
    ]
