#!/bin/sh
# Makes .venv and installs a lock file into it: scripts/install.sh base|test
# Does nothing when that was done before and the lock has not changed.
set -eu
cd "$(dirname "$0")/.."
lock="requirements/$1.lock"
done=".venv/installed-$1.lock"
python="${PYTHON:-python3}"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

check_python() {
    command -v "$python" >/dev/null 2>&1 ||
        fail "Atelier needs Python 3.11 or newer, and there is no $python here."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Atelier needs Python 3.11 or newer; $python is $("$python" --version 2>&1)." \
            "Name another: PYTHON=python3.12 make run"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "This Python lacks its venv module. On Debian or Ubuntu: sudo apt install python3-venv"
}

make_venv() {
    check_python
    say "Making .venv"
    "$python" -m venv --clear .venv || fail "The virtual environment could not be made."
}

cmp -s "$lock" "$done" && .venv/bin/python -c '' 2>/dev/null && exit 0
.venv/bin/python -m pip --version >/dev/null 2>&1 || make_venv
cmp -s requirements/uv.lock .venv/installed-uv.lock || {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        --requirement requirements/uv.lock || fail "The packages could not be downloaded; see above."
    cp requirements/uv.lock .venv/installed-uv.lock
}
say "Installing $lock"
# An activated environment must not draw the packages away from .venv.
env -u VIRTUAL_ENV .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes \
    --requirement "$lock" || fail "The packages could not be installed; see above."
cp "$lock" "$done"
