#!/usr/bin/env bash
# The main job on this machine alone: a clone of the checkout in demo/ with its own identity, DVC remote and Prefect home,
# so that a newcomer's own history and settings stay as they are. Running it again goes on in the same clone.
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE PREFECT_API_URL PREFECT_PROFILE PREFECT_API_KEY

if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
  echo "error: this folder is no git checkout with a commit; make demo clones it" >&2
  echo "  to do: git clone Pedigree, and run make demo there" >&2
  exit 2
fi
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "demo: what is not committed in this checkout is not in the demo"
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
    echo "error: what changed in the checkout does not merge into demo/" >&2
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
  demo/data/support-tickets/report.html    is it good enough, and why
  demo/data/support-tickets/train.parquet  the rows
  git -C demo show --stat                  what a version is made of
Type next
  source .venv/bin/activate && cd demo
  pedigree trace $row          where one row comes from
  pedigree versions
  pedigree run support-tickets --rows +200 the same dataset, grown; pays for those rows only
  pedigree serve                           the same from a form, in the Prefect UI
  pedigree new my-dataset                  a recipe of your own
EOF
