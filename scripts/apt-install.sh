#!/bin/sh
# Installs Debian packages (as root) without starting their servers, now or at boot. PostgreSQL's package creates no cluster.
#
#   scripts/apt-install.sh PACKAGE...
set -eu
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/aisle.conf

# Temporary files are removed in any case. An existing policy of the machine stays unchanged.
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

# An unreachable repository must not prevent packages from other repositories.
apt-get update -qq >/dev/null || echo "apt-get update failed; using the existing package lists" >&2
apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >/dev/null

for server in redis-server prometheus; do
    case " $* " in
    *" $server "*) update-rc.d "$server" disable >/dev/null ;;
    esac
done
