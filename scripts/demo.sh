#!/usr/bin/env bash
# Makes the demo dataset in demo/, a clone of this checkout with its own git identity, DVC remote and Prefect home.
# Running it again continues in the same clone.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/clone-demo.sh demo demo
echo "demo: pedigree run support-tickets (in demo/)"
pedigree run support-tickets
row=$(python - <<'PY'
import polars
print(polars.read_parquet("data/support-tickets/train.parquet")["row_id"][0][:12])
PY
)
cat <<EOF

Look at
  demo/data/support-tickets/report.html    whether it is good enough, and why
  demo/data/support-tickets/train.parquet  the rows
  git -C demo show --stat                  the files of a version
Type next
  source .venv/bin/activate && cd demo
  pedigree trace $row          the origin of one row
  pedigree versions
  pedigree run support-tickets --rows +200 the same dataset with more rows; only these cost money
  pedigree serve                           the same from a form, in the Prefect UI
  pedigree new my-dataset                  a recipe of your own
EOF
