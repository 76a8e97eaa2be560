"""A small wheel and a project that needs it, made where a test wants them."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path


def wheel(folder: Path, name: str, version: str, code: str, **more: str) -> None:
    """A wheel of one module, as PEP 427 has it."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **more,
    }
    sums = {path: hashlib.sha256(text.encode()).digest() for path, text in files.items()}
    record = [f"{p},sha256={base64.urlsafe_b64encode(s).decode().rstrip('=')}," for p, s in sums.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


def project(tmp_path: Path, *needs: str, **files: str) -> Path:
    root = tmp_path / "kiosk"
    (root / "tests").mkdir(parents=True)
    listed = ", ".join(f'"{one}"' for one in needs)
    (root / "pyproject.toml").write_text(f'[project]\nname = "kiosk"\nversion = "1"\ndependencies = [{listed}]\n')
    (root / "kiosk.py").write_text("from stamps import worth\n\n\ndef price():\n    return worth() * 2\n")
    (root / "tests" / "test_kiosk.py").write_text(
        "from kiosk import price\n\n\ndef test_price():\n    assert price() == 42\n"
    )
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)
    return root
