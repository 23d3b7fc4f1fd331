#!/usr/bin/env bash
# Adds to the virtual environment named by $1 what the tests need: the packages of requirements-test.lock, and a browser.
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

echo "setup: installing what the tests need, pinned by hash"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements-test.lock 2> >(grep -vE '^ *(WARNING|DEPRECATION)' >&2)

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: this machine lacks chromium, which the tests of the pages drive: apt-get install (as root)"
    apt-get install -y -qq chromium >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }
  else
    echo "setup: this machine lacks chromium: the tests of the pages will be skipped"
  fi
fi
touch "$venv/.testable"
