"""What the page says of networks without the internet names what there is: the package, its extras, and what builds it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
SECTION = re.search(r"^## Without the internet.*?(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_what_is_installed_without_a_network_is_the_project_with_extras_that_it_has() -> None:
    assert SECTION is not None
    [(name, extra)] = re.findall(r"--no-index --find-links wheels '([\w-]+)\[(\w+)\]'", SECTION[0])
    exported = re.findall(r"--extra (\w+)", SECTION[0])

    assert name == PROJECT["project"]["name"]
    assert exported == [extra]
    assert extra in PROJECT["project"]["optional-dependencies"]
    assert f"{name.replace('-', '_')}-….whl" in SECTION[0]


def test_the_wheel_takes_the_built_console_along() -> None:
    assert SECTION is not None
    assert SECTION[0].index("make console") < SECTION[0].index("pip wheel")
    assert "src/txapi/web/built/**" in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["artifacts"]


def test_the_settings_of_mirrors_that_the_page_names_are_those_that_the_environment_is_made_with() -> None:
    assert SECTION is not None
    script = (ROOT / "tools" / "make_env.sh").read_text(encoding="utf-8")
    named = re.findall(r"`PIP_(\w+)`", SECTION[0])

    assert named == ["INDEX_URL", "CERT"]
    for each in named:
        assert f"pip_setting {each.lower().replace('_', '-')}" in script
