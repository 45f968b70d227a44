#!/usr/bin/env bash
# Makes .venv exactly as the lock says. Called by make, which decides when it is needed.
#
# In order: uv from the PATH; a pinned uv, installed with pip into .venv-uv; pip alone with the hashed requirements.
# All three install the same files, checked by the same hashes. TXAPI_ENV_TOOL=uv or =pip chooses one of them.
set -euo pipefail
cd "$(dirname "$0")/.."

tool="${TXAPI_ENV_TOOL:-auto}"
say() { printf '%s\n' "$*" >&2; }
fail() { say "make env: $*"; exit 1; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            # The real interpreter: a version manager's shim may mean something else in another folder.
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
}
python="$(find_python)"

new_venv() {
    [ -n "$python" ] || fail "Python 3.11 or later is needed and none was found. Install one, or say PYTHON=/path/to/python3 make."
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "this Python ($python) has no venv module.
  On Debian and Ubuntu: sudo apt install python3-venv
  Or install uv (https://docs.astral.sh/uv/), and make will use that."
    "$python" -m venv "$1"
}

# What this machine says about where packages come from, which uv does not read from pip by itself.
pip_setting() {
    local name="PIP_$(printf '%s' "$1" | tr 'a-z-' 'A-Z_')"
    if [ -n "${!name:-}" ]; then
        printf '%s' "${!name}"
    elif [ -n "$python" ]; then
        "$python" -m pip config get "global.$1" 2>/dev/null || true
    fi
}

# Whatever a developer has set for other projects must not move this environment or its interpreter.
unset VIRTUAL_ENV UV_PROJECT UV_WORKING_DIRECTORY PYTHONHOME PYTHONPATH
export UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never
[ -z "$python" ] || export UV_PYTHON="$python"

index="$(pip_setting index-url)"
mirror=""
case "${index%/}" in "" | https://pypi.org/simple) ;; *) mirror="$index" ;; esac
certificates="$(pip_setting cert)"
if [ -n "$certificates" ] && [ -z "${SSL_CERT_FILE:-}" ]; then export SSL_CERT_FILE="$certificates"; fi

sync_from_lock() { "$1" sync --locked --all-extras --quiet; }

# The lock names addresses of the public index. Behind a mirror the same files, by hash, come from the mirror.
sync_from_requirements() {
    # Each step is chained: inside a condition, bash would go on after a failure.
    [ -z "$mirror" ] || export UV_DEFAULT_INDEX="$mirror"
    { [ -x .venv/bin/python ] || "$1" venv --quiet .venv; } &&
        "$1" pip sync --quiet --python .venv/bin/python --require-hashes requirements.txt &&
        "$1" pip install --quiet --python .venv/bin/python --offline --no-deps --no-build-isolation --editable .
}

with_uv() {
    if [ -n "$mirror" ] || [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
        sync_from_requirements "$1"
    else
        sync_from_lock "$1"
    fi
}

with_pip() {
    new_venv .venv
    local install=(.venv/bin/python -m pip install --quiet --quiet --no-compile --disable-pip-version-check)
    "${install[@]}" --require-hashes -r requirements.txt &&
        "${install[@]}" --no-deps --no-build-isolation --no-index --editable .
}

pinned_uv() {
    if ! { [ -x .venv-uv/bin/uv ] && cmp -s tools/requirements-uv.txt .venv-uv/pinned.txt; }; then
        new_venv .venv-uv
        .venv-uv/bin/python -m pip install --quiet --quiet --no-compile --disable-pip-version-check --require-hashes \
            -r tools/requirements-uv.txt || return 1
        cp tools/requirements-uv.txt .venv-uv/pinned.txt
    fi
}

# `tools/lock.sh` asks for this much only: a uv, when the lock is what is to be made.
if [ "${1:-}" = pinned-uv ]; then pinned_uv && exit 0; fail "uv could not be had."; fi

# A lock that does not fit must be said, not hidden by the next way of installing.
[ -z "$python" ] || "$python" tools/check_lock.py || fail "the lock does not fit pyproject.toml."

# An environment that an interpreter left behind is of no use to anybody, and uv may refuse to touch it.
# One that was made elsewhere has scripts that name the old place.
if [ -e .venv ] && ! .venv/bin/python -c '' 2>/dev/null; then rm -rf .venv; fi
if [ -e .venv/.stamp ] && [ "$(cat .venv/.stamp)" != "$(pwd -P)" ]; then rm -rf .venv; fi

done_with=""
if [ "$tool" != pip ]; then
    if command -v uv >/dev/null 2>&1; then
        if with_uv uv; then done_with="$(uv --version)"; else say "make env: the uv on the PATH could not do it; trying the pinned one."; fi
    fi
    if [ -z "$done_with" ]; then
        if pinned_uv; then
            if with_uv .venv-uv/bin/uv; then done_with="$(.venv-uv/bin/uv --version)"; fi
        else
            say "make env: uv could not be had."
        fi
    fi
fi
if [ -z "$done_with" ]; then
    [ "$tool" != uv ] || fail "uv could not make the environment."
    say "make env: going on with pip and requirements.txt."
    with_pip || fail "the packages could not be had. Is there a network, and does pip reach a package index from here?"
    done_with="$(.venv/bin/python -m pip --version | cut -d' ' -f1-2)"
fi
pwd -P >.venv/.stamp
say "make env: .venv is ready ($(.venv/bin/python --version), $done_with)"
