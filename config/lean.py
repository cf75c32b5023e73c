"""Runs `main()` of one module of `config` without loading Django.

    python -I config/lean.py config.embedded.keeper

The processes that only watch others live as long as the studio does. Importing the package the
usual way loads Celery and Django, 50 MB for each of them; this way they need 15.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve()


def command(module: str, *args: str) -> list[str]:
    return [sys.executable, "-I", str(HERE), module, *args]


def main() -> None:
    package = ModuleType("config")  # stands in for config/__init__.py, which imports Celery
    package.__path__ = [str(HERE.parent)]
    sys.modules["config"] = package
    del sys.argv[0]
    importlib.import_module(sys.argv[0]).main()


if __name__ == "__main__":
    main()
