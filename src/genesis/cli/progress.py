"""A run as it happens: events in, a task graph in the terminal out; plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

SIGNS = {
    "pending": ("·", "dim"),
    "running": ("▸", "cyan"),
    "waiting": ("?", "yellow"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "canceled": ("-", "yellow"),
    "skipped": ("-", "dim"),
}


@dataclass
class Progress:
    """What the events so far add up to. Tasks are plain dicts, as the API gives them (execute.run.TaskState)."""

    status: str = "submitted"
    tasks: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, event: Mapping[str, Any]) -> list[str]:
        """Takes one event in; returns what it says, as lines for somebody without a terminal."""
        kind, data = event["kind"], event["data"]
        if kind == "run":
            self.status = data["status"]
            return [f"run {self.status}"]
        if kind == "plan":
            for task in data["tasks"]:
                self.tasks[task["id"]] = task
            return [f"planned {len(data['tasks'])} tasks"] + [f"  {line}" for line in self._lines(data["tasks"])]
        if kind == "task":
            before = self.tasks.get(data["id"], {})
            self.tasks[data["id"]] = data
            changed = before.get("status") != data["status"]
            return [f"{SIGNS[data['status']][0]} {_told(data)}"] if changed and data["status"] != "pending" else []
        self.notes.append(str(data.get("text", "")))
        return [self.notes[-1]]

    @staticmethod
    def _lines(tasks: Iterable[Mapping[str, Any]]) -> list[str]:
        return [
            f"{task['id']} {task['agent'] or 'group'}: {task['goal']}"
            + (f" (after {', '.join(task['depends_on'])})" if task["depends_on"] else "")
            for task in tasks
        ]

    def picture(self) -> RenderableType:
        """The task graph as rich draws it: one line a task, its predecessors named, children under their parent."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 1), show_header=bool(self.tasks), header_style="dim")
        for title, justify in (("", "left"), ("task", "left"), ("agent", "left"), ("after", "left"), ("time", "right")):
            table.add_column(title, justify=justify, overflow="fold")  # type: ignore[arg-type]
        for task in self.tasks.values():
            sign, style = SIGNS[task["status"]]
            depth = 0
            parent = task.get("parent")
            while parent and parent in self.tasks and depth < 20:
                depth += 1
                parent = self.tasks[parent].get("parent")
            level = f" ({task['level']})" if task.get("level") not in (None, "heuristic") else ""
            table.add_row(
                Text(sign, style=style),
                Text("  " * depth + _short(task["goal"], 72), style="dim" if task["status"] == "pending" else ""),
                Text((task["agent"] or "") + level, style=style),
                Text(" ".join(task["depends_on"]), style="dim"),
                Text(f"{task['seconds']:.1f} s" if task["seconds"] else "", style="dim"),
            )
        return table


def follow(events: Iterable[Mapping[str, Any]], out: IO[str], *, live: bool) -> Progress:
    """Shows `events` until they end. `live`: redraw in place (a terminal); else a line for each change."""
    progress = Progress()
    if not live:
        for event in events:
            for line in progress.take(event):
                print(line, file=out, flush=True)
        return progress
    from rich.console import Console
    from rich.live import Live

    console = Console(file=out)
    with Live(progress.picture(), console=console, refresh_per_second=8) as view:
        for event in events:
            progress.take(event)
            view.update(progress.picture())
    return progress


def show_report(report: Mapping[str, Any], console: Console, links: Callable[[Console], None]) -> None:
    """The head of a finished report: the answer, what matters most, what was not looked at; then where the rest is."""
    from rich.text import Text

    console.print()
    console.print(Text(report["answer"], style="bold"))
    console.print()
    for number, finding in enumerate(report["top"], 1):
        source = finding.get("source") or {}
        place = source.get("file") or source.get("query") or source.get("formula") or ""
        if source.get("file") and source.get("line"):
            place = f"{place}:{source['line']}"
        style = {"critical": "bold red", "high": "red", "medium": "yellow"}.get(finding["severity"], "dim")
        head = Text(f" {number}. ")
        head.append(f"{finding['severity']:<8} ", style=style)
        head.append(finding["kind"].replace("_", " "), style="bold")
        head.append(f"  {place}  ", style="cyan")
        head.append(f"({finding.get('agent') or '-'})", style="dim")
        console.print(head)
        console.print(Text(f"    {_short(finding['message'], 300)}"))
    if report["top"]:
        console.print()
    counts = ", ".join(f"{count} {severity}" for severity, count in report["counts"].items()) or "no findings"
    missed = len(report["not_looked_at"])
    console.print(
        Text(f"{counts}; {missed} things not looked at, each with its reason in the report", style="dim"),
    )
    links(console)


def _told(task: Mapping[str, Any]) -> str:
    seconds = f" in {task['seconds']:.1f} s" if task["seconds"] else ""
    failure = f": {task['error']['message']}" if task.get("error") else ""
    return f"{task['id']} {task['agent'] or ''} {task['status']}{seconds}: {_short(task['goal'], 80)}{failure}"


def _short(text: str, limit: int) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"
