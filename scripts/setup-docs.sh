#!/usr/bin/env bash
# Adds the packages that make the site of the documentation, those of requirements-docs.lock, to the virtual environment $1.
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

echo "setup: installing what makes the documentation, pinned by hash"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements-docs.lock 2> >(grep -vE '^ *(WARNING|DEPRECATION)' >&2)
touch "$venv/.documented"
