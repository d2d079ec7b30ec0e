#!/bin/sh
# Fails if the committed generated code differs from what its sources generate, and prints the difference. It works on a copy of the
# working tree, including uncommitted changes.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# A separate index lists the files and makes the copy.
export GIT_INDEX_FILE="$scratch/index"
git add --all
git checkout-index --all --prefix="$scratch/tree/"

scripts/generate.sh "$scratch/tree"

git --work-tree="$scratch/tree" add --intent-to-add --all
git --work-tree="$scratch/tree" --no-pager diff --exit-code --stat --patch || {
    echo "The generated code is out of date. Run make generate." >&2
    exit 1
}
