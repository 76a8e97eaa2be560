"""Settings: defaults < genesis.yaml < environment; what nobody reads is refused with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from genesis.errors import FileInvalid
from genesis.settings import SECRETS, Settings, load

EXAMPLE = Path(__file__).parents[1] / "genesis.example.yaml"


def test_the_example_shows_every_setting_with_its_default() -> None:
    shown = yaml.safe_load(EXAMPLE.read_text())
    settable = set(Settings.model_fields) - SECRETS - {"home"}
    assert set(shown) == settable
    defaults = Settings()
    for name, value in shown.items():
        default = getattr(defaults, name)
        assert value == (list(default) if isinstance(default, tuple) else default), name


def test_every_line_of_the_example_is_explained() -> None:
    before = ""
    for line in EXAMPLE.read_text().splitlines():
        if line and not line.startswith("#"):
            assert before, f"{line!r} has no comment above it"
        elif not line:
            before = ""
        else:
            before = line


def test_environment_wins_over_file_and_file_over_default(tmp_path: Path) -> None:
    (tmp_path / "genesis.yaml").write_text("port: 9001\nhost: 127.0.0.2\n")
    environment = {"GENESIS_HOME": str(tmp_path), "GENESIS_PORT": "9002", "PATH": "/bin"}
    settings = load(environment)
    assert (settings.port, settings.host, settings.profile) == (9002, "127.0.0.2", "dev")
    assert settings.home == tmp_path.resolve()
    assert load(environment, home=tmp_path / "other").port == 9002


def test_workspaces_are_separated_by_colons_and_made_absolute(tmp_path: Path) -> None:
    settings = load({"GENESIS_HOME": str(tmp_path), "GENESIS_WORKSPACES": f"{tmp_path}/a:~/b"})
    assert settings.workspaces == ((tmp_path / "a").resolve(), Path("~/b").expanduser().resolve())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot: 1\n", "genesis.yaml:1: prot: unknown key; allowed: profile, host, port"),
        ("host: x\nport: many\n", "genesis.yaml:2: port:"),
        ("port: 70000\n", "genesis.yaml:1: port:"),
        ("profile: prod\n", "genesis.yaml:1: profile:"),
        ("port: 1\nport: 2\n", "genesis.yaml:2: `port` is given twice"),
        ("a: &x [1]\nb: *x\n", "aliases are not allowed"),
        ("a: [1\n", "not valid YAML"),
        ("admin_key: abc\n", "admin_key cannot be set here"),
        ("--- {}\n--- {}\n", "more than one YAML document"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_field(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "genesis.yaml").write_text(text)
    with pytest.raises(FileInvalid) as caught:
        load({"GENESIS_HOME": str(tmp_path)})
    assert says in caught.value.message


def test_a_mistyped_variable_is_refused_with_the_nearest() -> None:
    with pytest.raises(FileInvalid, match="did you mean GENESIS_PORT"):
        load({"GENESIS_PROT": "1"})


def test_a_value_out_of_range_names_the_variable() -> None:
    with pytest.raises(FileInvalid, match="GENESIS_PORT"):
        load({"GENESIS_PORT": "99999"})


def test_a_secret_comes_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("generated-for-this-test\n")
    settings = load({"GENESIS_HOME": str(tmp_path), "GENESIS_ADMIN_KEY_FILE": str(file)})
    assert settings.admin_key is not None
    assert settings.admin_key.get_secret_value() == "generated-for-this-test"
    assert "generated-for-this-test" not in repr(settings)
    with pytest.raises(FileInvalid, match="GENESIS_ADMIN_KEY_FILE"):
        load({"GENESIS_ADMIN_KEY_FILE": str(tmp_path / "absent")})
