# server.sh: a private, throwaway PostgreSQL server with perfkit, for shell scripts. It is the
# server of `perfkit server`, and lives as long as the script.
#
#     server_stop_on_exit                       # traps: nothing is left, however the script ends
#     server_start 'max_connections = 130'      # each argument is a line of postgresql.conf
#     psql -c 'CREATE EXTENSION perfkit CASCADE'
#
# See bench/lib/Perfkit/Server.pm. PG_CONFIG picks the PostgreSQL to use. On failure, functions say
# why on standard error and return non-zero; none exits the caller.

SERVER_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SERVER_USER=${PERFKIT_SERVER_USER:-postgres}
SERVER_DIR= # set while there is a server; its log is $SERVER_DIR/log
server_keeper=''
export PG_CONFIG=${PG_CONFIG:-pg_config}

# Run a command as the server's owner, in a directory that both may enter.
server_as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec runuser -u "$SERVER_USER" -- "$@")
    else
        (cd / && exec "$@")
    fi
}

# server_stage DIRECTORY: build perfkit for PG_CONFIG's server, install it under the directory, and
# print the settings with which a server finds it there.
server_stage() { "$SERVER_TREE/bench/stage" "$1"; }

# server_stop_on_exit [COMMAND]: set traps that run the command and then stop the server when
# this shell ends.
#
# Bash runs a trap only when its foreground command has ended. Ctrl-C reaches that command too. A
# script that has to obey a plain kill at once runs long commands in the background and waits for
# them.
server_stop_on_exit() {
    # shellcheck disable=SC2064 # the command is wanted as it is now
    trap "trap '' INT TERM HUP; ${1:-:}; server_stop" EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# server_start [CONFIGURATION LINE...]: start a server, and point psql, pgbench and every libpq
# program at it.
server_start() {
    local answers line options=() bindir
    [ -z "$SERVER_DIR" ] || { echo "a private server is running already" >&2; return 1; }
    for line in "$@"; do
        options+=(--set "$line")
    done
    answers=$(mktemp) || return 1
    "$SERVER_TREE/bench/perfkit" server --hold $$ ${options[@]+"${options[@]}"} > "$answers" < /dev/null &
    server_keeper=$!
    until grep -q '^PGUSER=' "$answers"; do
        if ! kill -0 "$server_keeper" 2>/dev/null; then
            server_keeper=''
            rm -f "$answers"
            return 1
        fi
        sleep 0.05
    done
    while IFS= read -r line; do
        if [ -n "${line#*=}" ]; then
            export "${line?}"
        else
            unset "${line%%=*}"
        fi
    done < "$answers"
    rm -f "$answers"
    SERVER_DIR=$PGHOST
    bindir=$("$PG_CONFIG" --bindir)
    case :$PATH: in
        *":$bindir:"*) ;;
        *) PATH=$bindir:$PATH ;;
    esac
}

# server_stop: stop the server and remove its directory. May be called at any time, and again.
server_stop() {
    [ -n "$server_keeper" ] || return 0
    kill -TERM "$server_keeper" 2>/dev/null || true
    # its status is not the script's, whose errexit applies in a trap too
    wait "$server_keeper" 2>/dev/null || true
    server_keeper='' SERVER_DIR=''
}
