#!/bin/sh
# Fails with the difference when the generated code is not what its sources make. It works on a copy of the sources
# as they are, committed or not, and leaves them alone.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# An index of its own says which files there are, and makes the copy.
export GIT_INDEX_FILE="$scratch/index"
git add --all
git checkout-index --all --prefix="$scratch/tree/"

scripts/generate.sh "$scratch/tree"

git --work-tree="$scratch/tree" add --intent-to-add --all
git --work-tree="$scratch/tree" --no-pager diff --exit-code --stat --patch || {
    echo "The generated code is not what its sources make: run make generate." >&2
    exit 1
}
