#!/bin/sh
# Everything that can be checked without running the studio. Goes through all of it, then fails
# if anything did.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=""
# Services and keys of its own: a check leaves the studio's data alone.
export ATELIER_DATA_DIR=.data/test ATELIER_EMBEDDED_FAST=1

check() {
    name="$1"
    shift
    if output=$("$@" 2>&1); then
        printf 'ok    %s\n' "$name"
    else
        printf 'FAIL  %s\n%s\n' "$name" "$output"
        failed="$failed $name"
    fi
}

templates() { find . -path ./.venv -prune -o -path '*/templates/*.html' -print0 |
    xargs -0 -r "$bin/djade" --target-version 5.2 --check; }

deployment() {
    env ATELIER_HTTPS=1 ATELIER_ALLOWED_HOSTS=atelier.example \
        ATELIER_SECRET_KEY="$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        "$bin/python" manage.py check --deploy --fail-level WARNING
}

translations() {
    for catalogue in locale/*/LC_MESSAGES/*.po; do
        [ -e "$catalogue" ] || continue
        msgfmt --check --output-file=/dev/null "$catalogue" || return 1
    done
}

check "ruff" "$bin/ruff" check .
check "format" "$bin/ruff" format --check .
check "types" "$bin/mypy"
check "layers" "$bin/lint-imports"
check "templates" templates
check "migrations" "$bin/python" manage.py makemigrations --check --dry-run
check "deployment" deployment
if command -v msgfmt >/dev/null 2>&1; then
    check "translations" translations
else
    printf 'skip  translations: gettext is not installed\n'
fi

[ -z "$failed" ] || { printf 'Failed:%s\n' "$failed"; exit 1; }
