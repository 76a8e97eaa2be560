"""Programs with weak and sound functions at random, and what of them security must find."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from pathlib import Path

from genesis.agents.result import Result
from tests.agents.repositories import word, write

GOAL = "Is this repository safe to release?"


def places(result: Result) -> set[tuple[str, str | None, int | None]]:
    return {(one.kind, one.source.file, one.source.line) for one in result.findings if one.source}


def token(rng: random.Random, size: int = 12) -> str:
    """Text that nobody has used for anything: letters and digits, at least three of each."""
    fixed = rng.choices(string.ascii_lowercase, k=3) + rng.choices(string.digits, k=3)
    mixed = fixed + rng.choices(string.ascii_letters + string.digits, k=size - 6)
    rng.shuffle(mixed)
    return "".join(mixed)


WEAK: dict[str, Callable[[random.Random, str], list[str]]] = {
    "sql_injection": lambda rng, name: [
        f"def {name}(db, wanted):",
        rng.choice(
            [
                "    return db.execute(f\"SELECT * FROM book WHERE title = '{wanted}'\")",
                "    return db.execute(\"SELECT * FROM book WHERE title = '%s'\" % wanted)",
                "    return db.execute(\"SELECT * FROM book WHERE title = '{}'\".format(wanted))",
                '    return db.execute("SELECT * FROM book WHERE title = \'" + wanted + "\'")',
            ]
        ),
    ],
    "shell_injection": lambda rng, name: [
        f"def {name}(host):",
        rng.choice(
            [
                "    return subprocess.run(f'ping -c 1 {host}', shell=True)",
                "    return os.system('ping -c 1 ' + host)",
                "    return subprocess.check_output('ping -c 1 %s' % host, shell=True)",
                "    return subprocess.run(['sh', '-c', f'ping -c 1 {host}'])",
            ]
        ),
    ],
    "unsafe_deserialization": lambda rng, name: [
        f"def {name}(data):",
        rng.choice(["    return pickle.loads(data)", "    return yaml.load(data, Loader=yaml.Loader)"]),
    ],
    "weak_hash": lambda rng, name: [
        f"def {name}(password):",
        f"    return hashlib.{rng.choice(['md5', 'sha1'])}(password.encode()).hexdigest()",
    ],
    "certificate_not_verified": lambda rng, name: [
        f"def {name}(url):",
        "    return requests.get(url, timeout=3, verify=False)",
    ],
    "weak_random": lambda rng, name: [
        f"def {name}():",
        f"    reset_token = str(random.randint({rng.randint(0, 9)}, 99999999))",
        "    return reset_token",
    ],
    "hard_coded_secret": lambda rng, name: [
        f"# how {name} signs",
        f'{name.upper()}_{rng.choice(["SECRET", "PASSWORD"])} = "{token(rng)}"',
    ],
}
HEAD = [
    "import hashlib",
    "import os",
    "import pickle",
    "import random",
    "import subprocess",
    "",
    "import requests",
    "import yaml",
    "",
]
SOUND = [
    ["def {0}(db, wanted):", '    return db.execute("SELECT * FROM book WHERE title = ?", (wanted,))'],
    ["def {0}(host):", "    return subprocess.run(['ping', '-c', '1', host], check=True)"],
    ["def {0}(data):", "    return yaml.safe_load(data)"],
    ["def {0}(path):", "    return hashlib.sha256(path.read_bytes()).hexdigest()"],
    ["def {0}(items):", "    return random.choice(items)"],
    ["{0}_SECRET = os.environ['{0}_SECRET']"],
    [
        "def {0}(db, ids):",
        "    marks = ', '.join('?' for _ in ids)",
        "    return db.execute(f'SELECT * FROM book WHERE id IN ({{marks}})', ids)",
    ],
]


def random_program(rng: random.Random, root: Path) -> set[tuple[str, str, int]]:
    """A program with weak and sound functions in random order; returns kind, file and line of the weak ones."""
    taken: set[str] = set()
    planted: set[tuple[str, str, int]] = set()
    kinds = [kind for kind in WEAK for _ in range(2)]
    rng.shuffle(kinds)
    names = [word(rng, taken) for _ in range(rng.randint(3, 5))]
    texts = {f"{names[0]}/{name}.py": list(HEAD) for name in names[1:]}
    for kind in kinds:
        file = rng.choice(sorted(texts))
        for _ in range(rng.randint(0, 2)):
            sound = rng.choice(SOUND)
            texts[file] += [line.format(word(rng, taken)) for line in sound] + [""] * rng.randint(1, 3)
        lines = WEAK[kind](rng, word(rng, taken))
        planted.add((kind, file, len(texts[file]) + 2))
        texts[file] += [*lines, ""]
    write(root, {file: "\n".join(lines) + "\n" for file, lines in texts.items()})
    return planted
