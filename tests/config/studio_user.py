"""A process that uses the embedded services of a data folder until its input ends or it dies.

    python tests/config/studio_user.py DATA

Prints "ready", or the sentence of the error.
"""

import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent.parent

# As config/lean.py does: without Celery and Django this takes 0.1 s instead of 0.7.
package = ModuleType("config")
package.__path__ = [str(ROOT / "config")]
sys.modules["config"] = package

from config.embedded import Embedded, EmbeddedError  # noqa: E402

try:
    embedded = Embedded(Path(sys.argv[1]))
    embedded.start()
except EmbeddedError as error:
    sys.exit(str(error))
sys.stdout.write("ready\n")
sys.stdout.flush()
sys.stdin.read()
