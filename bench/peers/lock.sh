#!/usr/bin/env bash
# Resolves the peers anew and writes requirements.txt and package-lock.json. Needs the network, and uv as tools/make_env.sh has it.
set -euo pipefail
cd "$(dirname "$0")/../.."
uv="$(command -v uv || true)"
if [ -z "$uv" ]; then
    tools/make_env.sh pinned-uv
    uv=.venv-uv/bin/uv
fi
"$uv" pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header --no-annotate \
    --no-emit-index-url bench/peers/requirements.in -o bench/peers/requirements.txt
cd bench/peers
rm -f package-lock.json
npm install --package-lock-only --ignore-scripts --no-audit --no-fund --silent
