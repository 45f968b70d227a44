"""What stands on a printed page: the text of a PDF, as any reader of PDF finds it."""

from __future__ import annotations

import pypdfium2


def words(pdf: bytes) -> str:
    """The text of all pages, without white space: where a line breaks is the typesetter's business."""
    return "".join(pages(pdf))


def pages(pdf: bytes) -> list[str]:
    """The text of each page, without white space."""
    document = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return ["".join(char for char in text if not char.isspace() and char not in "\u200b\ufffe\x02") for text in texts]


def joined(text: str) -> str:
    """A text as `words` has it."""
    return "".join(text.split())
