"""The zip file 压缩包 of a bundle, to the byte: members one behind the other, their directory, and nothing else.

A zip file has room for bytes that no reader shows: before, between and behind members, in comments, extra fields and dates,
behind the end of a packed stream. A bundle has none of them, so its headers can be written in one way only.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

METHODS = {ZIP_STORED, ZIP_DEFLATED}
"""How members may lie there. Of these two, no more is unpacked at a time than was asked for."""

_LOCAL = struct.Struct("<4s2B4HL2L2H")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_CHUNK = 1 << 20

_DATE, _ATTRIBUTES = 0x21, 0o100644 << 16
"""1 January 1980; a file that everybody may read and its owner write."""
_UNIX, _ORDINARY, _WITH_64 = 3, 20, 45
_MANY, _LARGE = 0xFFFF, 0xFFFFFFFF
"""What stands for a number that is told in 64 bits elsewhere."""
_MOST, _MOST_MEMBERS = (1 << 31) - 1, (1 << 16) - 1
"""The largest numbers that are told in 32 and in 16 bits."""


def unpacked(file: int, info: ZipInfo) -> Iterator[bytes]:
    """The content of a member, piece by piece, from an open file's descriptor.

    A ValueError or zlib.error where it is not exactly as long, and has not the checksum, that the directory says; and where
    anything lies behind the end of its stream.
    """
    size = checksum = 0
    for piece in _inflated(file, info) if info.compress_type == ZIP_DEFLATED else _packed(file, info):
        size += len(piece)
        if size > info.file_size:
            break
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if (size, checksum) != (info.file_size, info.CRC):
        raise ValueError("it has another length or checksum than the directory of members says")


def _packed(file: int, info: ZipInfo) -> Iterator[bytes]:
    header = os.pread(file, _LOCAL.size, info.header_offset)
    if len(header) < _LOCAL.size:
        raise ValueError("the file ends before it")
    at = info.header_offset + _LOCAL.size + sum(_LOCAL.unpack(header)[-2:])
    end = at + info.compress_size
    while at < end:
        piece = os.pread(file, min(_CHUNK, end - at), at)
        if not piece:
            raise ValueError("the file ends in the middle of it")
        at += len(piece)
        yield piece


def _inflated(file: int, info: ZipInfo) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in _packed(file, info):
        if stream.eof:
            raise ValueError("there are bytes behind the end of its stream")
        piece = stream.decompress(packed, _CHUNK)
        while piece:
            yield piece
            piece = stream.decompress(stream.unconsumed_tail, _CHUNK)
    if not stream.eof or stream.unused_data:
        raise ValueError("its stream does not end where it should")


def strange_bytes(file: int, members: Sequence[ZipInfo]) -> str | None:
    """Where the file first holds something else than these members as a bundle holds them; None if it nowhere does."""
    at, directory = 0, bytearray()
    for info in members:
        try:
            name = info.filename.encode("ascii")
        except UnicodeEncodeError:
            return f"the name of the member at byte {at} is not ASCII"
        # Only a member whose size was not known when it was begun has a header for 64 bits without the need.
        for with_64 in (False, True):
            header = _local(info, name, with_64=with_64)
            if os.pread(file, len(header), at) == header:
                break
        else:
            return f"at byte {at} should lie the header of the member {info.filename}, as a bundle has it, and does not"
        directory += _central(info, name, at, with_64=with_64)
        at += len(header) + info.compress_size
    directory += _end(len(members), at, len(directory))
    if os.pread(file, len(directory) + 1, at) != directory:
        return f"at byte {at}, behind the last member, should lie the directory of members and then nothing"
    return None


def _local(info: ZipInfo, name: bytes, *, with_64: bool) -> bytes:
    sizes, extra = (info.compress_size, info.file_size), b""
    if with_64 or max(sizes) > _MOST:
        extra = struct.pack("<2H2Q", 1, 16, info.file_size, info.compress_size)
        sizes = _LARGE, _LARGE
    version = _WITH_64 if extra else _ORDINARY
    fixed = (version, 0, 0, info.compress_type, 0, _DATE, info.CRC, *sizes)
    return _LOCAL.pack(b"PK\x03\x04", *fixed, len(name), len(extra)) + name + extra


def _central(info: ZipInfo, name: bytes, at: int, *, with_64: bool) -> bytes:
    sizes, large = (info.compress_size, info.file_size), list[int]()
    if max(sizes) > _MOST:
        large += [info.file_size, info.compress_size]
        sizes = _LARGE, _LARGE
    if at > _MOST:
        large.append(at)
        at = _LARGE
    extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    version = _WITH_64 if with_64 or large else _ORDINARY
    fixed = (version, _UNIX, version, 0, 0, info.compress_type, 0, _DATE, info.CRC, *sizes)
    told = (len(name), len(extra), 0, 0, 0, _ATTRIBUTES, at)
    return _CENTRAL.pack(b"PK\x01\x02", *fixed, *told) + name + extra


def _end(count: int, start: int, size: int) -> bytes:
    if count <= _MOST_MEMBERS and max(start, size) <= _MOST:
        return _END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0)
    told = (44, _WITH_64, _WITH_64, 0, 0, count, count, size, start)
    return (
        _END_64.pack(b"PK\x06\x06", *told)
        + _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
        + _END.pack(b"PK\x05\x06", 0, 0, min(count, _MANY), min(count, _MANY), min(size, _LARGE), min(start, _LARGE), 0)
    )
