#!/bin/sh
# Installs what the tests use beside Python packages: Chromium, and the npm peer of the
# provider tests.
set -eu
cd "$(dirname "$0")/.."

fail() { printf '%s\n' "$*" >&2; exit 1; }

has_chromium() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1
}

if ! has_chromium; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        fail "The browser tests need Chromium. On Debian: sudo apt install chromium"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet=2 || true  # a stale list may still do
    apt-get install --quiet=2 --yes --no-install-recommends chromium >/dev/null ||
        fail "Chromium could not be installed; see above."
fi

lock=tests/package-lock.json
if ! command -v npm >/dev/null 2>&1; then
    printf '%s\n' "Without Node 20 the provider tests against aimock are skipped." >&2
elif ! cmp -s "$lock" tests/node_modules/installed-lock.json; then
    npm ci --prefix tests --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
        >/dev/null || fail "The npm packages of the tests could not be installed; see above."
    cp "$lock" tests/node_modules/installed-lock.json
fi

corpora=.data/corpora
if ! cmp -s requirements/corpora.txt "$corpora/installed.txt"; then
    sources=$(mktemp -d)
    trap 'rm -rf "$sources"' EXIT
    if .venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps \
        --no-binary :all: --require-hashes --requirement requirements/corpora.txt \
        --dest "$sources"; then
        rm -rf "$corpora"
        mkdir -p "$corpora/pillow"
        tar -xzf "$sources"/pillow-*.tar.gz -C "$corpora/pillow" --strip-components=3 \
            --wildcards 'pillow-*/Tests/images'
        cp requirements/corpora.txt "$corpora/installed.txt"
    else
        printf '%s\n' "Without Pillow's sources the tests with its broken images are skipped." >&2
    fi
fi
