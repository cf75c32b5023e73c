"""Opens one file that somebody sent, in a process with little memory, little time and no secrets.

    python -I files/limited FOLDER MEDIA_TYPE LIMITS

FOLDER holds the file as `source`; what is made of it is put beside it, and `result.json` says
what that is. LIMITS is a JSON object with the names of `Limits`. Whatever a file does to its
decoder, it does it here.
"""

import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from files.limited.limits import Limits, Unreadable


def main() -> None:
    folder, media_type, limits = Path(sys.argv[1]), sys.argv[2], Limits(**json.loads(sys.argv[3]))
    confine(limits)
    result = opened(folder, media_type, limits)
    (folder / "result.json").write_text(json.dumps(result))


def confine(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output, limits.output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(limits.seconds)  # should the worker that watches it have died


def opened(folder: Path, media_type: str, limits: Limits) -> dict[str, Any]:
    try:
        if media_type.startswith("image/"):
            from files.limited.images import read_image

            return read_image(folder, media_type, limits)
        if media_type == "application/pdf":
            from files.limited.documents import read_pdf

            return read_pdf(folder, limits)
        from files.limited.documents import read_text

        return read_text(folder, limits)
    except Unreadable as error:
        return {"error": error.code}
    except MemoryError:
        return {"error": "too_complex"}
    except Exception as error:  # decoders of broken files raise anything
        return {"error": "damaged", "detail": repr(error)[:500]}


main()
