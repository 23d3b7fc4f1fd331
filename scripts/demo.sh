#!/usr/bin/env bash
# Makes the demo dataset in demo/, a clone of this checkout with its own git identity, DVC remote and Prefect home, so that
# your own history and settings stay unchanged. Running it again continues in the same clone.
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE PREFECT_API_URL PREFECT_PROFILE PREFECT_API_KEY

if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
  echo "error: this folder is not a git checkout with a commit, which make demo clones" >&2
  echo "  to do: git clone Pedigree, and run make demo there" >&2
  exit 2
fi
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "demo: uncommitted changes of this checkout are not in the demo"
fi

if [ ! -d demo/.git ]; then
  rm -rf demo
  git clone -q . demo
  cd demo
  git checkout -q -B main  # the branch that the deployments of prefect.yaml publish to
  git config user.name "Pedigree demo"
  git config user.email "demo@localhost"
  git config commit.gpgsign false
  git config tag.gpgsign false
  dvc remote modify -q home url "$checkout/demo/.pedigree/dvc-remote"
  git commit -q -m "A DVC remote inside the demo" .dvc/config
else
  cd demo
  git fetch -q origin HEAD
  if ! git merge -q --no-edit FETCH_HEAD >/dev/null 2>&1; then
    git merge --abort 2>/dev/null || true
    echo "error: the changes of the checkout do not merge into demo/" >&2
    echo "  to do: make clean-demo, then make demo" >&2
    exit 2
  fi
fi

export PREFECT_HOME="$checkout/demo/.pedigree/prefect"
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
