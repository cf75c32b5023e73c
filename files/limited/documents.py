"""The text of text files and of PDFs."""

from pathlib import Path
from typing import Any

from files.content import decoded
from files.limited.limits import Limits, Unreadable


def read_text(folder: Path, limits: Limits) -> dict[str, Any]:
    text = decoded((folder / "source").read_bytes())
    if text is None:
        raise Unreadable("not_text")
    return _saved(folder, text.replace("\r\n", "\n"), limits)


def read_pdf(folder: Path, limits: Limits) -> dict[str, Any]:
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(folder / "source")
        # Many a PDF is encrypted with no password at all, only to forbid printing.
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise Unreadable("password")
        count = len(reader.pages)
    except PyPdfError:
        raise Unreadable("damaged") from None
    text, length = [], 0
    for number, page in enumerate(reader.pages, 1):
        if number > limits.pages or length > limits.chars:
            break
        words = page.extract_text().strip()
        if words:
            text.append(f"[Page {number}]\n{words}")
            length += len(words)
    is_cut = count > limits.pages
    return _saved(folder, "\n\n".join(text), limits, is_cut=is_cut) | {"pages": count}


def _saved(folder: Path, text: str, limits: Limits, *, is_cut: bool = False) -> dict[str, Any]:
    # Broken fonts give half characters, which UTF-8 has not.
    kept = text[: limits.chars].replace("\0", "").encode("utf-8", "replace")
    (folder / "text.txt").write_bytes(kept)
    made = {"name": "text.txt", "media_type": "text/plain", "size": len(kept)}
    return {
        "chars": len(text[: limits.chars]),
        "is_cut": is_cut or len(text) > limits.chars,
        "renditions": [made],
    }
