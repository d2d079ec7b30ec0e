#!/bin/sh
# Fails if a tracked file contains a name or phrase of scripts/old-names.txt, and prints each place. Each line of that list is an
# extended regular expression that matches whole words in any case; lines that begin with # are comments. The changelog may
# contain old names, generated code follows its sources, and the categories of the demo are words of products.
set -eu
cd "$(dirname "$0")/.."
patterns=$(mktemp)
trap 'rm -f "$patterns"' EXIT
trap 'exit 1' HUP INT TERM
grep -v -e '^#' -e '^$' scripts/old-names.txt >"$patterns"

status=0
git grep -n -I -i -w -E -f "$patterns" -- . ':!CHANGELOG.md' ':!scripts/old-names.txt' ':!*_gen.go' ':!*.sum' ':!*package-lock.json' \
    ':!app/demo/seed_data/categories.txt' ':!graph/executor.go' ':!graph/rows.go' ':!loaders/peers.go' ':!scripts/leaner.pl' || status=$?
case $status in
0) echo "These names and phrases are outdated. The changelog has the standard terms." >&2 && exit 1 ;;
1) ;; # none was found
*) exit "$status" ;;
esac
