"""What a file may be and be called 文件名: the types that are taken, and names that are safe on every system that opens them."""

from __future__ import annotations

import re
import unicodedata

from txapi.domain.errors import BadInput

NAME_BYTES_MAX = 200
"""The longest name in bytes of UTF-8: file systems take 255, and a browser may add a number."""

TYPES: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
    "application/ofd": ("ofd",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "text/plain": ("txt", "csv"),
}
"""The media types that are taken, each with the endings that its names may have. Nothing else is, whatever a client calls it."""

SHA256 = re.compile("[0-9a-f]{64}")

_FORBIDDEN = frozenset('/\\:*?"<>|')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def checked_file_name(name: str, media_type: str | None = None) -> str:
    """The name in its composed form (NFC), where it can be shown and stored anywhere. BadInput BAD_FILE_NAME.

    Before the bytes have told their type, `media_type` is None, and any ending will do that some type has.
    """
    name = unicodedata.normalize("NFC", name)
    if not name or name != name.strip() or name.startswith(".") or name.endswith("."):
        raise BadInput(
            "BAD_FILE_NAME",
            "a file's name neither begins nor ends with a blank or a point, and is not empty",
            ("name",),
        )
    if any(unicodedata.category(sign)[0] == "C" or unicodedata.category(sign) in ("Zl", "Zp") for sign in name):
        # Among them are the signs that turn the direction of writing: gnp.exe would read exe.png.
        raise BadInput(
            "BAD_FILE_NAME", "a file's name holds no control characters and none that change how it reads", ("name",)
        )
    if not _FORBIDDEN.isdisjoint(name):
        raise BadInput(
            "BAD_FILE_NAME", "a file's name is no path, and holds no signs that some systems forbid", ("name",)
        )
    if _RESERVED.fullmatch(name):
        raise BadInput("BAD_FILE_NAME", "this name belongs to a device on some systems", ("name",))
    if len(name.encode()) > NAME_BYTES_MAX:
        raise BadInput("BAD_FILE_NAME", f"a file's name has at most {NAME_BYTES_MAX} bytes", ("name",))
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if media_type is None:
        if not any(ending in endings for endings in TYPES.values()):
            every = ", ".join(f".{one}" for endings in TYPES.values() for one in endings)
            raise BadInput(
                "BAD_FILE_NAME", f"files of this kind are not taken; a name ends with one of {every}", ("name",)
            )
        return name
    endings = TYPES[media_type]
    if ending not in endings:
        fitting = " or ".join(f".{ending}" for ending in endings)
        raise BadInput(
            "BAD_FILE_NAME",
            f"the name of a file of the type {media_type} ends with {fitting}",
            ("name",),
        )
    return name


def checked_sha256(text: str) -> str:
    """The hash of a file as it is kept. BadInput BAD_HASH."""
    if not SHA256.fullmatch(text):
        raise BadInput("BAD_HASH", "a SHA-256 has 64 digits in lower-case hex", ("sha256",))
    return text
