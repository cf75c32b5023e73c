"""aimock, an independent implementation of the OpenAI API, in a process of its own."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
SERVER = TESTS / "node_modules/@copilotkit/aimock/dist/cli.js"


@contextmanager
def aimock(fixtures: Path) -> Iterator[str]:
    """Its origin. Skips the test where it is not installed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    if not SERVER.exists():
        pytest.skip("aimock is not installed: run `npm ci` in tests/")
    command = [node, SERVER, "--port", "0", "--fixtures", fixtures, "--chunk-size", "1", "--strict"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
    raise AssertionError("aimock did not start")
