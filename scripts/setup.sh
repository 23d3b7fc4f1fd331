#!/usr/bin/env bash
# Makes the virtual environment named by $1 with exactly the packages of requirements.lock, and this checkout in it.
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null; then
      echo "$name"; return
    fi
  done
  echo "error: no Python 3.11 or newer on PATH" >&2
  echo "  to do: install one, for example 'apt-get install python3 python3-venv', then run make again" >&2
  exit 2
}

install_missing() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: missing on this machine: $*; apt-get install (as root)"
    apt-get install -y -qq "$@" >/dev/null || { apt-get update -qq && apt-get install -y -qq "$@" >/dev/null; }
  else
    echo "error: missing on this machine: $*" >&2
    echo "  to do: install it, then run make again" >&2
    exit 2
  fi
}

if [ -L "$venv" ]; then
  echo "error: $venv is a link; the environment that it leads to would be erased" >&2
  echo "  to do: remove the link, then run make again" >&2
  exit 2
fi
command -v git >/dev/null || install_missing git
python=$(find_python)
echo "setup: making .venv with $python: about 200 packages, pinned by hash, are downloaded and installed (one to three minutes)"
rm -rf "$venv.new"
if ! "$python" -m venv "$venv.new" >/dev/null 2>&1; then
  install_missing "$(basename "$(readlink -f "$(command -v "$python")")")-venv"
  rm -rf "$venv.new"
  "$python" -m venv "$venv.new"
fi
rm -rf "$venv.new"

# A venv can't be moved, so it is made in place; .ready is written last and marks it as complete.
"$python" -m venv --clear "$venv"
echo "setup: installing the packages"
"$venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements.lock 2> >(grep -vE '^ *(WARNING|DEPRECATION)' >&2)
# pip compiles with one process; all cores do it here. A package may hold files for other versions of Python: no fault.
"$venv/bin/python" -W ignore -m compileall -qq -j 0 "$venv/lib" || true
"$venv/bin/python" scripts/link_checkout.py "$PWD"
touch "$venv/.ready"
echo "setup: done"
