#!/usr/bin/env bash
# Makes the dataset shop-messages in demo-llm/ (a clone, as demo/ is) with a small model that is served on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/clone-demo.sh demo-llm demo-llm
exec python "$checkout/scripts/demo_llm.py" "$checkout/.venv-llm"
