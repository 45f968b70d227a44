#!/usr/bin/env bash
# Resolves the dependencies against the public index and writes the lock and its hashed export. Arguments go to `uv lock`
# (for example `tools/lock.sh --upgrade`).
set -euo pipefail
cd "$(dirname "$0")/.."
uv="$(command -v uv || true)"
if [ -z "$uv" ]; then
    tools/make_env.sh pinned-uv
    uv=.venv-uv/bin/uv
fi
# Nothing of this machine may enter the lock: no configuration file, no other index, no folder of wheels.
unset UV_INDEX UV_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_FIND_LINKS
export UV_PYTHON_DOWNLOADS=never
"$uv" --no-config lock --default-index https://pypi.org/simple "$@"
"$uv" --no-config export --quiet --frozen --all-extras --no-emit-project --no-header --no-annotate --output-file requirements.txt
"$uv" run --quiet --no-project --no-config --python '>=3.11' tools/check_lock.py
