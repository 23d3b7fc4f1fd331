# Sourced by demo.sh and demo-llm.sh: makes the folder $1 a clone of this checkout with its own git identity and DVC remote, so
# that your own history and settings stay unchanged; or merges what changed here into the clone that is there. Ends in the folder.
# $2 is the make target. Sets PREFECT_HOME.
folder=$1
target=$2
checkout=$PWD
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE PREFECT_API_URL PREFECT_PROFILE PREFECT_API_KEY

if ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
  echo "error: this folder is not a git checkout with a commit, which make $target clones" >&2
  echo "  to do: git clone Pedigree, and run make $target there" >&2
  exit 2
fi
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  echo "$target: uncommitted changes of this checkout are not in $folder/"
fi

if [ ! -d "$folder/.git" ]; then
  echo "$target: making $folder/, a clone of this checkout with a git identity and a DVC remote of its own (some seconds; nothing is downloaded)"
  rm -rf "$folder"
  git clone -q . "$folder"
  cd "$folder"
  git checkout -q -B main  # the branch that the deployments of prefect.yaml publish to
  git config user.name "Pedigree demo"
  git config user.email "demo@localhost"
  git config commit.gpgsign false
  git config tag.gpgsign false
  dvc remote modify -q home url "$checkout/$folder/.pedigree/dvc-remote"
  git commit -q -m "A DVC remote inside the demo" .dvc/config
else
  echo "$target: going on in $folder/; what changed in this checkout is merged into it (some seconds)"
  cd "$folder"
  git fetch -q origin HEAD
  if ! git merge -q --no-edit FETCH_HEAD >/dev/null 2>&1; then
    git merge --abort 2>/dev/null || true
    echo "error: the changes of the checkout do not merge into $folder/" >&2
    echo "  to do: make clean-$target, then make $target" >&2
    exit 2
  fi
fi
export PREFECT_HOME="$checkout/$folder/.pedigree/prefect"
