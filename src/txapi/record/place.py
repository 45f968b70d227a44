"""Where a record lives: in the files of a folder, or in a PostgreSQL database beside a folder that holds its keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Place:
    """The address of one record.

    `folder` holds the keys, and the files of the embedded record where `database` is None. `database` is a connection string of
    PostgreSQL (several hosts are tried in turn for the one that can be written); one database holds one record. `replica` is a
    connection string of streaming replicas that answer questions; without it, the database that is written answers them.
    """

    folder: Path
    database: str | None = None
    replica: str | None = None

    @classmethod
    def of(cls, where: Self | Path | str) -> Self:
        """The place itself, or that of the embedded record in a folder."""
        return where if isinstance(where, cls) else cls(Path(str(where)))

    @property
    def embedded(self) -> bool:
        """Whether the record is kept in files of the folder."""
        return self.database is None

    def __str__(self) -> str:
        """For people and logs: without the password that a connection string may hold."""
        if self.database is None:
            return str(self.folder)
        from txapi.record.postgres.connecting import shown

        return shown(self.database)
