"""The set-up: what the lock may name, what a module may be, and what make offers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tools import ask, check_lock, check_size

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the check of the lock reads, free to be spoilt."""
    (tmp_path / "tools").mkdir()
    for name in ("pyproject.toml", "uv.lock", "requirements.txt", "tools/requirements-uv.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_lock_names_only_the_public_index_and_fits_the_project() -> None:
    assert check_lock.complaints_of(ROOT) == []


@pytest.mark.parametrize(
    "strange",
    [
        "https://mirror.example/simple",
        "http://pypi.org/simple",
        "file:///opt/wheels",
        "https://pypi.org.example/simple",
    ],
)
def test_a_lock_that_names_another_index_is_found_out(checkout: Path, strange: str) -> None:
    spoil(checkout / "uv.lock", 'registry = "https://pypi.org/simple"', f'registry = "{strange}"')

    complaints = check_lock.complaints_of(checkout)

    assert any(strange in each for each in complaints)


def test_a_lock_that_names_a_folder_of_wheels_is_found_out(checkout: Path) -> None:
    spoil(checkout / "uv.lock", 'registry = "https://pypi.org/simple"', 'registry = "../wheels"')

    complaints = check_lock.complaints_of(checkout)

    assert any("../wheels" in each for each in complaints)


@pytest.mark.parametrize(
    "option", ["--index-url https://mirror.example/simple", "--find-links wheels", "-e .", "./wheel.whl"]
)
def test_a_requirements_file_holds_pins_and_hashes_and_nothing_else(checkout: Path, option: str) -> None:
    with (checkout / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write(f"{option}\n")

    complaints = check_lock.complaints_of(checkout)

    assert any(option in each for each in complaints)


def test_a_dependency_that_was_added_without_locking_is_found_out(checkout: Path) -> None:
    spoil(checkout / "pyproject.toml", '"click>=8.1",', '"click>=8.1",\n    "orjson>=3",')

    complaints = check_lock.complaints_of(checkout)

    assert any("orjson" in each for each in complaints)


def test_an_extra_that_was_changed_without_locking_is_found_out(checkout: Path) -> None:
    spoil(checkout / "pyproject.toml", "paper = [", 'paper = ["weasyprint>=60", ')

    complaints = check_lock.complaints_of(checkout)

    assert any("paper weasyprint" in each for each in complaints)


def test_a_hash_that_differs_between_the_lock_and_its_export_is_found_out(checkout: Path) -> None:
    requirements = checkout / "requirements.txt"
    some_hash = re.search(r"sha256:[0-9a-f]{64}", requirements.read_text(encoding="utf-8"))
    assert some_hash
    spoil(requirements, some_hash[0], "sha256:" + "0" * 64)

    complaints = check_lock.complaints_of(checkout)

    assert any("differs from uv.lock" in each for each in complaints)


def test_a_module_has_at_most_four_hundred_lines_and_a_name_that_says_what_it_holds(tmp_path: Path) -> None:
    package = tmp_path / "txapi"
    (package / "helpers").mkdir(parents=True)
    (package / "tickets.py").write_text("x = 1\n" * 400, encoding="utf-8")
    (package / "projects.py").write_text("x = 1\n" * 401, encoding="utf-8")
    (package / "helpers" / "dates.py").write_text("x = 1\n", encoding="utf-8")
    (package / "utils.py").write_text("x = 1\n", encoding="utf-8")

    complaints = check_size.complaints_of(package)

    assert [each.split(":")[0] for each in complaints] == [
        "txapi/helpers/dates.py",
        "txapi/projects.py",
        "txapi/utils.py",
    ]


def test_the_distribution_is_not_called_txapi() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["name"] != "txapi"
    assert project["scripts"] == {"txapi": "txapi.__main__:main"}


def test_make_alone_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    make = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}

    said = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, env=make, capture_output=True, text=True, check=True
    )

    assert set(re.findall(r"^  make ([a-z-]+)", said.stdout, flags=re.MULTILINE)) == targets
    assert {"run", "test", "env", "bench", "clean"} <= targets


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"data": None},
        {"data": {}},
        {"data": {"projects": None}},
        {"data": {"projects": {"totalCount": 1}}, "errors": [{"message": "no"}]},
    ],
)
def test_an_answer_with_errors_or_without_data_does_not_pass(response: dict[str, object]) -> None:
    assert ask.complaints_of(response)


def test_an_answer_with_data_passes() -> None:
    assert ask.complaints_of({"data": {"projects": {"totalCount": 1}}}) == []
