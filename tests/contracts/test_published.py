"""What is published is what the code does: a difference fails here, and is read before it is published."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from graphql import parse, validate

from tests.published import PUBLISHED
from txapi.cli.publish import event_schemas
from txapi.cli.root import txapi

ROOT = Path(__file__).parents[2]


OPERATIONS = sorted((ROOT / "schema" / "operations").rglob("*.graphql"))


def test_every_published_file_is_up_to_date() -> None:
    result = CliRunner().invoke(txapi, ["publish", "--check", "--root", str(ROOT)])

    assert result.exit_code == 0, result.output


def test_publishing_twice_changes_nothing(tmp_path: Path) -> None:
    first = CliRunner().invoke(txapi, ["publish", "--root", str(tmp_path)])
    (tmp_path / "domain" / "events" / "nothing.happened.v1.json").write_text("{}")
    second = CliRunner().invoke(txapi, ["publish", "--root", str(tmp_path)])
    checked = CliRunner().invoke(txapi, ["publish", "--check", "--root", str(tmp_path)])

    assert "wrote schema/schema.graphql" in first.output
    assert "up to date" in second.output
    assert checked.exit_code == 1
    assert "nothing.happened" in checked.output


def test_event_schemas_are_valid_json_schemas() -> None:
    for path, text in event_schemas().items():
        schema = json.loads(text)

        jsonschema.Draft202012Validator.check_schema(schema)
        assert path.startswith(f"domain/events/{schema['$id']}.v")


def test_a_published_operation_is_found_by_its_name_in_whatever_folder_it_lies() -> None:
    names = [path.stem for path in OPERATIONS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_a_published_operation_fits_the_published_schema_and_is_called_like_its_file(path: Path) -> None:
    schema = PUBLISHED

    document = parse(path.read_text(encoding="utf-8"))

    assert validate(schema, document) == []
    assert getattr(document.definitions[0], "name").value == path.stem  # noqa: B009 - not every definition has a name


def test_a_published_operation_has_a_name_of_its_own_in_whatever_folder() -> None:
    names = [path.stem for path in OPERATIONS]

    assert sorted(set(names)) == sorted(names)


def test_every_error_says_something() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")

    rows = [line for line in page.splitlines() if line.startswith("| `")]

    assert len(rows) > 50
    # In English and in Chinese, what it says and what to do; the status of HTTP may be none.
    assert [row for row in rows if not all(cell.strip() for cell in re.split(r"(?<!\\)\|", row)[3:7])] == []
