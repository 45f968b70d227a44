"""What cannot be seen yet: errors that pass with time, and how long their cause is waited for is said where it is waited for."""

from __future__ import annotations

from txapi.domain.errors import BadInput


class NotSettled(BadInput):
    """A time so near that an event of that time might still become visible."""

    def __init__(self) -> None:
        super().__init__(
            "MOMENT_NOT_SETTLED", "events of that time may still become visible; ask again", ("at", "time")
        )


class NotYetVisible(BadInput):
    """The rows of a position that an answer must hold are not to be seen in time."""

    def __init__(self, position: int, visible: int) -> None:
        super().__init__(
            "NOT_YET_VISIBLE", f"position {position} is not visible yet; the rows stand at {visible}", ("atLeast",)
        )


class RecordedNotVisible(BadInput):
    """A command was carried out, and what it came to cannot be shown in time: the same command again shows it, later."""

    def __init__(self, position: int, command_id: str | None) -> None:
        super().__init__(
            "NOT_YET_VISIBLE",
            f"this was recorded at position {position} and cannot be shown yet; ask again with the same commandId, or read with atLeast",
            facts={"recorded": True, "position": str(position), "commandId": command_id},
        )
