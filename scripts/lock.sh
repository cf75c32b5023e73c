#!/bin/sh
# Resolves pyproject.toml into requirements/*.lock: exact, hashed, and naming no registry.
set -eu
cd "$(dirname "$0")/.."

compile() {
    output="$1"
    shift
    env -u VIRTUAL_ENV .venv/bin/uv pip compile --quiet --upgrade --universal \
        --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --output-file "requirements/$output.lock" "$@"
}

compile base pyproject.toml
compile test pyproject.toml --group test
echo uv | compile uv -
