#!/bin/sh
# Installs Debian packages (as root) for their programs alone: a server that comes with one is neither started
# now nor at the next boot, and PostgreSQL's package makes no cluster of its own.
#
#   scripts/apt-install.sh PACKAGE...
set -eu
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/aisle.conf

# What is put in place for the time of the installation goes again, whatever happens. A policy that the
# machine has already stays as it is.
undo=$no_cluster
trap 'rm -f $undo; rmdir -p "${no_cluster%/*}" 2>/dev/null || true' EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "${no_cluster%/*}"
echo "create_main_cluster = false" >"$no_cluster"
if [ ! -e "$policy" ]; then
    undo="$undo $policy"
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

# A repository that does not answer must not stand in the way of packages that come from another.
apt-get update -qq >/dev/null || echo "going on with the package lists that are there" >&2
apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >/dev/null

for server in redis-server prometheus; do
    case " $* " in
    *" $server "*) update-rc.d "$server" disable >/dev/null ;;
    esac
done
