# Runs a server for an owner, who may die at any moment.
#
#   sh -c THIS sh TENTHS COMMAND...
#
# Standard input is a pipe that only the owner writes to. A line of it is a signal for the server. When it ends the
# owner is gone, or done: the server is asked to end, then told to, then killed, with TENTHS of a second in between.
# Descriptor 3 is the cluster's lock and 4 tells the owner, when it is closed, that nothing runs any more.
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
