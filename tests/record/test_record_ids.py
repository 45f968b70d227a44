"""Identifiers are never given twice."""

from __future__ import annotations

import os
import uuid

from txapi.record.ids import RandomIds


def test_identifiers_and_salts_are_random_and_well_formed() -> None:
    ids = RandomIds()

    uuids = [ids.uuid() for _ in range(200)]
    salts = [ids.salt() for _ in range(200)]

    assert len({*uuids, *salts}) == 400
    assert all(uuid.UUID(one).version == 4 and str(uuid.UUID(one)) == one for one in uuids)
    assert all(len(salt) == 32 and int(salt, 16) >= 0 for salt in salts)


def test_a_forked_process_gives_out_none_of_its_parents_identifiers() -> None:
    ids = RandomIds()
    ids.salt()
    reading, writing = os.pipe()

    child = os.fork()
    if child == 0:
        os.write(writing, " ".join(ids.salt() for _ in range(70)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(reading, 65536).decode().split()
    os.close(reading)
    os.close(writing)

    assert len(set(told)) == 70
    assert not {ids.salt() for _ in range(70)} & set(told)
