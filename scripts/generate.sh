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

# The executor calls graph/executor.go where gqlgen's own way costs too much: docs/decisions/0016-lists-in-order.md.
instead() {
    grep -q "$1" graph/*_gen.go || {
        echo "The code that gqlgen makes has no $1 any more: see to docs/decisions/0016-lists-in-order.md." >&2
        exit 1
    }
    sed -i.before "s/$1/$2/" graph/*_gen.go
    rm graph/*.before
}
instead 'graphql\.MarshalSliceConcurrently(' 'marshalInOrder('
instead 'graphql\.NewDeferredGroup(ctx)' 'noDeferred(ctx)'
instead 'graphql\.NewFieldSet(fields)' 'newObject(fields)'
perl -i scripts/leaner.pl graph/*_gen.go

# What it shows of the viewer's store may be shared: graph/shared.go.
shared='return ec\.\(marshalOStore2[^(]*\)(ctx, selections, v)'
grep -q ') _Viewer_store(' graph/access_gen.go && grep -q "$shared" graph/access_gen.go || {
    echo "The code that gqlgen makes shows the viewer's store in another way: see to graph/shared.go." >&2
    exit 1
}
sed -i.before "/) _Viewer_store(/,/^}/s/$shared/return shared(ctx, selections, v, ec.\1)/" graph/access_gen.go
rm graph/*.before

# The tasks in it that have not changed need not be made anew: graph/rows.go.
inOrder='marshalInOrder(ctx, len(v), 0, false, func'
grep -q ') marshalNTaskEdge2ᚕ' graph/tasks_gen.go || {
    echo "The code that gqlgen makes has lists of tasks in another way: see to graph/rows.go." >&2
    exit 1
}
sed -i.before "/) marshalNTaskEdge2ᚕ/,/^}/s/$inOrder/tasksInOrder(ctx, sel, v, func/" graph/tasks_gen.go
rm graph/*.before
grep -q 'tasksInOrder(' graph/tasks_gen.go
