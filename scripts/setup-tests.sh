#!/usr/bin/env bash
# Adds the test requirements to the virtual environment $1: the packages of requirements-test.lock, and a browser.
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

echo "setup: installing the test requirements, pinned by hash"
"$venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements-test.lock 2> >(grep -vE '^ *(WARNING|DEPRECATION)' >&2)
"$venv/bin/python" -W ignore -m compileall -qq -j 0 "$venv/lib" || true

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: chromium is missing, which the browser tests use: apt-get install (as root)"
    apt-get install -y -qq chromium >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }
  else
    echo "setup: chromium is missing: the browser tests will be skipped"
  fi
fi
touch "$venv/.testable"
