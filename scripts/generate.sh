#!/bin/sh
# Generates code in DIR, a tree of Aisle's sources. sqlc comes first, because gqlgen binds GraphQL types to the row types that sqlc
# generates.
#
#   scripts/generate.sh DIR
set -eu
sqlc=$(cd "$(dirname "$0")/.." && pwd)/bin/sqlc
cd "$1"
"$sqlc" generate -f store/sqlc.yaml
go tool gqlgen generate

# instead OLD NEW WHY [FUNCTION FILE] replaces OLD by NEW in the generated executor, in one function or in all. WHY is a file that explains it.
instead() {
    where=''
    files='graph/*_gen.go'
    if [ $# -gt 3 ]; then
        where="/) $4/,/^}/"
        files=$5
    fi
    sed -n "${where}s/$1/&/p" $files | grep -q . || {
        echo "The code that gqlgen makes has no $1 any more: see to $3." >&2
        exit 1
    }
    sed -i.before "${where}s/$1/$2/" $files
    rm graph/*.before
}

# The executor calls graph/executor.go where the code of gqlgen is too slow.
lists=docs/decisions/0016-lists-in-order.md
instead 'graphql\.MarshalSliceConcurrently(' 'marshalInOrder(' $lists
instead 'graphql\.NewDeferredGroup(ctx)' 'noDeferred(ctx)' $lists
instead 'graphql\.NewFieldSet(fields)' 'newObject(fields)' $lists
perl -i scripts/leaner.pl graph/*_gen.go

# The result of viewer.store is a shared fragment, and unchanged tasks in it are not rendered again.
instead 'return ec\.\(marshalOStore2[^(]*\)(ctx, selections, v)' 'return marshalFragment(ctx, selections, v, ec.\1)' graph/fragment.go \
    '_Viewer_store(' graph/access_gen.go
instead 'marshalInOrder(ctx, len(v), 0, false, func' 'tasksInOrder(ctx, sel, v, func' graph/rows.go \
    'marshalNTaskEdge2ᚕ' graph/tasks_gen.go
