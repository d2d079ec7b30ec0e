#!/bin/sh
# Runs each fuzz target of the project for TIME. Go can only fuzz one target of one package at a time.
#
#   scripts/fuzz.sh TIME
set -eu
cd "$(dirname "$0")/.."
git ls-files -co --exclude-standard '*_test.go' | xargs grep -H '^func Fuzz' |
    sed -E 's|/[^/]*:func (Fuzz[A-Za-z0-9_]*).*| \1|' |
    while read -r package target; do
        go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "./$package" </dev/null
    done
