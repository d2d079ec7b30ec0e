#!/bin/sh
# Installs what a target of the Makefile needs, with the package manager of Debian, Ubuntu or macOS. It prints nothing if all is
# installed, and one line if it cannot install something.
#
#   scripts/setup.sh build|run|test|bench|peers   sets up a target of the Makefile
#   scripts/setup.sh make|go|node                 sets up or checks one program
#   scripts/setup.sh has-node                     exits with 0 if Node can build the admin page
#
# It checks Go and Node but does not install them, because you choose their versions.
set -eu
cd "$(dirname "$0")/.."
oldest_node=20.19 # the oldest version that Vite supports

die() {
    echo "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# any FILE... succeeds if one of the files is executable. Callers pass patterns, which the shell expands.
any() {
    for file in "$@"; do
        [ ! -x "$file" ] || return 0
    done
    return 1
}

has_make() { has make; }

has_node() {
    has npm && has node && { echo "$oldest_node" && node --version; } | tr -d v | sort -C -t. -k1,1n -k2,2n
}

has_postgres() {
    has initdb || any /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb \
        /opt/homebrew/opt/postgresql*/bin/initdb /usr/local/opt/postgresql*/bin/initdb \
        /Applications/Postgres.app/Contents/Versions/*/bin/initdb
}

has_pgbouncer() { has pgbouncer || [ -x /usr/sbin/pgbouncer ]; }

has_redis() { has redis-server; }

has_prometheus() { has prometheus && has promtool; }

# Includes the browser of Playwright, which need_chromium installs on Ubuntu.
has_chromium() {
    has chromium || has chromium-browser || has google-chrome || has google-chrome-stable ||
        any /Applications/*Chrom*.app/Contents/MacOS/*Chrom* "${HOME:-/}"/.cache/ms-playwright/chromium*/*/chrom*
}

# The race detector needs a C compiler. Debian has the headers in a separate package.
has_compiler() {
    has gcc && { [ "$(uname)" = Darwin ] || [ -e /usr/include/stdlib.h ]; }
}

check_go() {
    wanted=$(awk '$1 == "go" { print $2 }' go.mod)
    has go || die "Go is missing: install Go $wanted or newer (https://go.dev/dl/) and put its bin folder into PATH."
    go list -m >/dev/null 2>&1 ||
        die "$(go version | cut -d' ' -f3) is too old: install Go $wanted or newer (https://go.dev/dl/)."
}

check_node() {
    has_node || die "Node $oldest_node or newer, with npm, is needed to $1: install it (https://nodejs.org/)."
}

suggest_node() {
    has_node || echo "The admin page is not built: it needs Node $oldest_node or newer (https://nodejs.org/)." >&2
}

# need THING 'DEBIAN PACKAGES' 'BREW FORMULAS' adds the packages to those that install installs, if THING is missing.
apt="" brew=""
need() {
    "has_$1" && return
    apt="$apt $2" brew="$brew $3"
}

need_chromium() {
    if grep -qs '^ID=ubuntu' /etc/os-release && ! has_chromium; then
        # Ubuntu has Chromium only as a snap, which does not run in containers.
        (cd e2e && npm ci --no-fund --no-audit && npx playwright-core install --with-deps chromium) </dev/null >&2
    else
        need chromium chromium google-chrome
    fi
}

# shellcheck disable=SC2086 # the variables are lists
install() {
    [ -n "$apt" ] || return 0
    if has apt-get; then
        echo "Installing:$apt" >&2
        as_root scripts/apt-install.sh $apt >&2
    elif has brew && [ -n "$brew" ]; then
        echo "Installing:$brew" >&2
        brew install --quiet $brew </dev/null >&2
    else
        die "Please install what Debian calls$apt: this machine has no apt-get or brew to do it with."
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        die "Only root can install$apt: run this as root, or install sudo."
    fi
}

case "${1:-}" in
make) need make make make ;;
go) check_go ;;
node) check_node "build and check the page" ;;
has-node)
    has_node
    exit
    ;;
build)
    check_go
    suggest_node
    ;;
run)
    check_go
    # With a database URL, `aisle dev` starts no PostgreSQL.
    [ -n "${AISLE_DATABASE_URL:-}" ] || need postgres postgresql postgresql@17
    ;;
bench)
    check_go
    need postgres postgresql postgresql@17
    need redis redis-server redis
    ;;
peers)
    check_go
    check_node "run the peers that Aisle is measured beside"
    need postgres postgresql postgresql@17
    need redis redis-server redis
    ;;
test)
    check_go
    check_node "test the page"
    need compiler "gcc libc6-dev" gcc
    need postgres postgresql postgresql@17
    need redis redis-server redis
    need pgbouncer pgbouncer pgbouncer
    need prometheus prometheus prometheus
    need_chromium
    ;;
*) die "usage: scripts/setup.sh build|run|test|bench|peers|make|go|node|has-node" ;;
esac
install
