"""A home, its lives and deaths, and what must hold after each."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos import plans

ROOT = Path(__file__).parents[2]
Key = tuple[str, str, int]
"""Run, task, attempt."""


@dataclass
class Story:
    """`life_s`: no life may take longer. `violations`: what did not hold, in words; empty when all is well."""

    folder: Path
    seeds: list[int]
    mutate: str = ""
    life_s: float = 90.0
    violations: list[str] = field(default_factory=list)
    _logs: dict[str, list[Any]] = field(default_factory=dict)
    _seen: int = 0

    def begin(self, kill: list[Any] | None = None) -> subprocess.Popen[str]:
        told = json.dumps({"seeds": self.seeds, "kill": kill, "mutate": self.mutate})
        command = [sys.executable, "-m", "tests.chaos.worker", str(self.folder), told]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )

    def live(self, kill: list[Any] | None = None) -> bool:
        """One life. Whether it was killed; the last one of a story must not be."""
        worker = self.begin(kill)
        out, err = self._end(worker)
        killed = worker.returncode == -signal.SIGKILL
        if not killed and worker.returncode != 0:
            self.violations.append(f"the worker ended with {worker.returncode}: {err[-2000:]}")
        self.look(out, once=True)
        if not killed and worker.returncode == 0:
            self.judge(json.loads(out.splitlines()[-1]))
        return killed

    def pause(self, after_s: float) -> bool:
        """A life that is stopped, taken over by another, and goes on: a zombie. Whether it came to that."""
        zombie = self.begin()
        assert zombie.stdout is not None
        while "acknowledged" not in (line := zombie.stdout.readline()):
            assert line, zombie.stderr and zombie.stderr.read()
        time.sleep(after_s)
        while True:
            zombie.send_signal(signal.SIGSTOP)
            _, status = os.waitpid(zombie.pid, os.WUNTRACED)  # until it does stand still
            if not os.WIFSTOPPED(status):
                zombie.returncode = os.waitstatus_to_exitcode(status)
                break
            if self._unlocked():
                break
            zombie.send_signal(signal.SIGCONT)  # it stood in the middle of a commit and held the file
            time.sleep(0.003)
        over = zombie.returncode is not None or self._all_terminal()
        self.look("", once=False)
        heir = self.begin()
        out, err = self._end(heir)
        zombie.send_signal(signal.SIGCONT)
        self._end(zombie)
        self.look("", once=False)
        if heir.returncode != 0:
            self.violations.append(f"the heir ended with {heir.returncode}: {err[-2000:]}")
            return not over
        self.judge(json.loads(out.splitlines()[-1]))
        return not over

    def _end(self, worker: subprocess.Popen[str]) -> tuple[str, str]:
        try:
            return worker.communicate(timeout=self.life_s)
        except subprocess.TimeoutExpired:
            worker.terminate()
            out, err = worker.communicate()
            self.violations.append(f"a life did not end:\n{err[-20_000:]}")
            return out, err

    # ---- what must hold ---------------------------------------------------------------------------------------------

    def look(self, out: str, once: bool) -> None:
        """After a death. `once`: a key may have been started once in that life, and never if it was recorded before."""
        lines = self._calls()
        started = Counter(line.removeprefix("start ") for line in lines[self._seen :] if line.startswith("start "))
        recorded = {f"{run}/{task}#{attempt}" for run, task, attempt in self._recorded(self._logs)}
        if once:
            for key, count in started.items():
                if key in recorded:
                    self.violations.append(f"{key} was recorded, and was begun again")
                if count > 1:
                    self.violations.append(f"{key} was begun {count} times in one life")
        self._seen = len(lines)
        logs = self._read()
        for run, before in self._logs.items():
            if logs.get(run, [])[: len(before)] != before:
                self.violations.append(f"{run}: what was recorded is lost or changed")
        for entry, count in Counter(self._recorded(logs)).items():
            if count > 1:
                self.violations.append(f"{entry} is recorded {count} times")
        self._logs = logs
        for line in out.splitlines():
            if line.startswith("acknowledged ") and line.removeprefix("acknowledged ") not in self._runs():
                self.violations.append(f"{line}, and lost")
        effects = Counter(file.name.split("!")[0] for file in (self.folder / "work" / "effects").glob("*"))
        for name, count in effects.items():
            if count > 1:
                self.violations.append(f"the effect {name} was done {count} times under one key")

    def judge(self, ended: dict[str, Any]) -> None:
        """At the end of a story: the right result, each effect there, and told without gap or double."""
        for seed in self.seeds:
            name = f"run-{seed}"
            run = ended[name]
            if run["status"] != "completed":
                self.violations.append(f"{name} is {run['status']}: {run['error']}")
            if run["values"] != plans.expected(seed):
                self.violations.append(f"{name}: wrong values")
            wanted = {f"{name}_{task}#1" for task, step in plans.grown(seed).items() if step[2] == "effect"}
            there = {file.name.split("!")[0] for file in (self.folder / "work" / "effects").glob(f"{name}_*")}
            if wanted != there:
                self.violations.append(f"{name}: effects {there}, not {wanted}")
            events = run["events"]
            if [seq for seq, _, _ in events] != list(range(1, len(events) + 1)):
                self.violations.append(f"{name}: events have a gap or a double")
            shown: dict[str, str] = {}
            for _, kind, data in events:
                for task in data["tasks"] if kind == "plan" else [data] if kind == "task" else []:
                    shown[task["id"]] = task["status"]
            if set(shown) != set(plans.grown(seed)) or set(shown.values()) != {"done"}:
                self.violations.append(f"{name}: events end with {shown}")
            if events[-1][1:] != ["run", {"status": "completed"}]:
                self.violations.append(f"{name}: the last event is {events[-1]}")

    # ---- from the file, behind the back of the product --------------------------------------------------------------

    def _calls(self) -> list[str]:
        file = self.folder / "work" / "calls.log"
        return file.read_text().splitlines() if file.exists() else []

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        file = self.folder / "home" / "genesis.db"
        if not file.exists():
            return []
        direct = sqlite3.connect(file, timeout=20)
        try:
            return direct.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            direct.close()

    def _runs(self) -> set[str]:
        return {name for (name,) in self._query("SELECT id FROM genesis_runs")}

    def _all_terminal(self) -> bool:
        rows = self._query("SELECT status FROM genesis_runs")
        return bool(rows) and all(status == "completed" for (status,) in rows)

    def _unlocked(self) -> bool:
        direct = sqlite3.connect(self.folder / "home" / "genesis.db", timeout=0.05, isolation_level=None)
        try:
            direct.execute("BEGIN IMMEDIATE")
            direct.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            direct.close()
        return True

    def _read(self) -> dict[str, list[Any]]:
        """The entries of each run's log, in order."""
        rows = self._query("SELECT workflow_uuid, function_id, output FROM operation_outputs WHERE output IS NOT NULL")
        batches = [(segment, number, json.loads(output)) for segment, number, output in rows]
        inputs = self._query("SELECT workflow_uuid, inputs FROM workflow_input")
        batches += [(segment, 0, first) for segment, given in inputs for first in json.loads(given)["args"] if first]
        logs: dict[str, list[Any]] = {}
        for segment, _, batch in sorted(batches, key=lambda one: (int(one[0].split("~")[1]), one[1])):
            logs.setdefault(segment.split("~")[0], []).extend(batch["entries"])
        return logs

    def _recorded(self, logs: dict[str, list[Any]]) -> list[Key]:
        return [(run, one["task"], one["attempt"]) for run, log in logs.items() for one in log if one["is"] == "ended"]
