#!/bin/sh
# Makes the generated code anew in DIR, a tree of Aisle's sources. The SQL comes first: gqlgen binds the GraphQL
# types to the row types that sqlc makes.
#
#   scripts/generate.sh DIR
set -eu
sqlc=$(cd "$(dirname "$0")/.." && pwd)/bin/sqlc
cd "$1"
"$sqlc" generate -f store/sqlc.yaml
go tool gqlgen generate
