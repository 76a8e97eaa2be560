"""RunReport -> one HTML file. Everything that came from agents, files or users is escaped: shown, never markup."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from genesis.page.shell import page
from genesis.report.report import RunReport
from genesis.report.words import cost, counted, duration, one_line

if TYPE_CHECKING:
    from jinja2 import Template


def html(report: RunReport, *, artifacts_at: str | None = None) -> str:
    """A self-contained page. `artifacts_at`: the URL under which artifacts are served; None: they are only named."""
    tasks = [task for task in report.tasks if task.type is not None]
    body = _template().render(report=report, tasks=tasks, artifacts_at=artifacts_at)
    return page(one_line(report.objective, 80), body)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("genesis.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(one_line=one_line, duration=duration, cost=cost, counted=counted)
    return environment.get_template("report.html.j2")
