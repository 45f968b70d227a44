"""What somebody puts into a bundle who writes its manifest anew: it is refused, or said to be there, and never costs much."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.audit.test_bundle import Folder
from txapi.audit.bundle_reading import MOST_LINE_BYTES, BadBundle, BundleFile
from txapi.audit.verify import verify


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("record"))


@pytest.fixture(scope="module")
def whole(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder.export(tmp_path_factory.mktemp("bundle") / "out.zip")


# -- what is merely too much -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", [b"", b"\n"])
def test_a_line_without_an_end_is_read_no_further_than_any_event_is_long(
    whole: Path, tmp_path: Path, ended: bytes
) -> None:
    # The line is longer by far than the bound, and lies in the file as a few kilobytes.
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "long.zip", "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(
                name, b"x" * (8 * MOST_LINE_BYTES) + ended if name == "events.ndjson" else source.read(name)
            )

    found = verify(tmp_path / "long.zip")

    assert "damaged" in {one.kind for one in found.wrong}
    assert found.events == 0
    with BundleFile(tmp_path / "long.zip") as shown, pytest.raises(BadBundle, match="is longer than"):
        list(shown.rows())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_would_be_unpacked_without_measure_is_refused(whole: Path, tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(tmp_path / "packed.zip", "w", method) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))

    with pytest.raises(BadBundle, match="packed in another way"):
        verify(tmp_path / "packed.zip")
