"""Where a record lives: what tests on both stores, and whoever reads a log, are told of it."""

from __future__ import annotations

from pathlib import Path

from tests import stores
from txapi.record.place import Place


def test_a_folder_is_the_place_of_an_embedded_record(tmp_path: Path) -> None:
    assert Place.of(tmp_path) == Place(tmp_path)
    assert Place.of(tmp_path).embedded
    assert str(Place.of(str(tmp_path))) == str(tmp_path)


def test_a_place_is_shown_with_its_hosts_and_without_its_password(tmp_path: Path) -> None:
    place = Place(tmp_path, "postgresql://clerk:secret@one,two:6000/tongxiang?target_session_attrs=read-write")

    assert not place.embedded
    assert str(place) == "PostgreSQL tongxiang at one:5432,two:6000"


def test_each_store_gives_a_folder_one_place_and_other_folders_others(tmp_path: Path, store: str) -> None:
    first, other = stores.place(tmp_path), stores.place(tmp_path / "other")

    assert first.embedded == (store == stores.SQLITE)
    assert first == stores.place(tmp_path)
    assert first != other
    assert ("TXAPI_DATABASE" in stores.environment(tmp_path)) == (store == stores.POSTGRESQL)
