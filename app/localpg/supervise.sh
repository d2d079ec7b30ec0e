# Runs a server for an owner process, which may die at any moment.
#
#   sh -c THIS sh TENTHS COMMAND...
#
# Standard input is a pipe that only the owner writes to. Each line is a signal for the server. When the pipe is closed, the
# server gets SIGINT, SIGQUIT and SIGKILL, with TENTHS of a second in between. Descriptor 3 is the cluster's lock. Descriptor 4
# tells the owner, when all processes have closed it, that they have ended.
exec 5<&0 </dev/null
tenths=$1
shift

"$@" 5<&- &
server=$!

(
    exec 3>&- 4>&- 2>/dev/null
    while read -r signal; do
        kill -s "$signal" "$server" || exit
    done
    for signal in INT QUIT KILL; do
        kill -s "$signal" "$server" || exit
        waited=0
        while [ "$waited" -lt "$tenths" ] && kill -0 "$server"; do
            sleep 0.1
            waited=$((waited + 1))
        done
    done
) <&5 &
watch=$!
exec 5<&-

wait "$server"
status=$?
kill "$watch" 2>/dev/null
wait "$watch" 2>/dev/null
exit "$status"
