# bench/lib/server.sh: a private, throwaway PostgreSQL server that has perfkit; for bench/run, bench/speed and test/run.
#
#     . "$root/bench/lib/server.sh"
#     server_stop_on_exit                       # traps: nothing is left behind, however the script ends
#     server_start 'max_connections = 130'      # each argument is a line of postgresql.conf
#     psql -c 'CREATE EXTENSION perfkit CASCADE'
#
# The server lives in one temporary directory: data, socket, log and a staged copy of perfkit, so that any number run at
# once and nothing of the machine's own PostgreSQL is touched. It listens on a socket only, in a directory that only
# its owner can enter; that is why it can trust whoever connects. Data is written as durably as on any server (fsync is
# left on): what is measured on it should mean something.
#
# PG_CONFIG picks the PostgreSQL to use. When root runs this, the server runs as PERFKIT_SERVER_USER (postgres).
# Functions return non-zero and say why on standard error; none exits the caller.

SERVER_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SERVER_USER=${PERFKIT_SERVER_USER:-postgres}
SERVER_DIR= # set while a server's directory exists; its log is $SERVER_DIR/log
export PG_CONFIG=${PG_CONFIG:-pg_config}

# Run a command as the server's owner, in a directory that both may enter.
server_as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec runuser -u "$SERVER_USER" -- "$@")
    else
        (cd / && exec "$@")
    fi
}

# server_stage DIRECTORY: build perfkit for PG_CONFIG's server and install it under the directory.
#
# Locked, as several may want to build in one tree at once. Of a calling make, only variables are passed on (make puts
# them into the environment): its job server would not be.
server_stage() {
    local stage=$1 output
    mkdir -p "$SERVER_TREE/build" || return 1
    if ! output=$(flock "$SERVER_TREE/build" env MAKEFLAGS= MFLAGS= make -s -j2 -C "$SERVER_TREE" \
        PG_CONFIG="$PG_CONFIG" DESTDIR="$stage" all install 2>&1); then
        printf '%s\n' "$output" "could not build perfkit with $PG_CONFIG" >&2
        return 1
    fi
    # Only its own user can enter a temporary directory's stage; inside, let the server read all.
    chmod -R a+rX "$stage"
}

# server_stage_conf DIRECTORY: print the settings with which a server finds what server_stage put there.
server_stage_conf() {
    local stage=$1 bindir pkglibdir sharedir settings
    bindir=$("$PG_CONFIG" --bindir) pkglibdir=$("$PG_CONFIG" --pkglibdir) sharedir=$("$PG_CONFIG" --sharedir)
    settings=$("$bindir/postgres" --describe-config | cut -f 1)
    if grep -qx extension_control_path <<<"$settings"; then # PostgreSQL 18 and later
        echo "extension_control_path = '$stage$sharedir:\$system'"
    elif grep -qx extension_destdir <<<"$settings"; then # Debian's, before 18
        echo "extension_destdir = '$stage'"
    elif [ -e "$sharedir/extension/perfkit.control" ]; then
        return 0
    else
        echo "this PostgreSQL can use an extension only from its own directory; run: make install PG_CONFIG=$PG_CONFIG" >&2
        return 1
    fi
    echo "dynamic_library_path = '$stage$pkglibdir:\$libdir'"
}

# server_stop_on_exit [COMMAND]: set traps so that the server, and first whatever COMMAND cleans up, goes with this shell.
#
# Bash runs a trap only when its foreground command has ended. Ctrl-C reaches that command too; a script that wants to
# obey a plain kill at once has to start long commands in the background and wait for them.
server_stop_on_exit() {
    # shellcheck disable=SC2064 # the command is wanted as it is now
    trap "trap '' INT TERM HUP; ${1:-:}; server_stop" EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# server_start [CONFIGURATION LINE...]: start a server, and point psql, pgbench and every libpq program at it.
server_start() {
    local bindir base=${TMPDIR:-/tmp} stage_conf locale
    [ -z "$SERVER_DIR" ] || { echo "a private server is running already" >&2; return 1; }
    bindir=$("$PG_CONFIG" --bindir) || return 1
    if [ ! -x "$bindir/initdb" ]; then
        echo "there is no PostgreSQL server in $bindir; run: test/dependencies" >&2
        return 1
    fi

    # A socket's path has at most 107 bytes, settings quote paths, and the server's owner must be able to get there.
    if [ ${#base} -gt 60 ] || [[ $base == *[\'\\]* ]] || ! server_as_owner test -x "$base"; then
        base=/tmp
    fi
    SERVER_DIR=$(mktemp -d "$base/perfkit-server.XXXXXX") || return 1
    if ! { server_stage "$SERVER_DIR/stage" && stage_conf=$(server_stage_conf "$SERVER_DIR/stage"); }; then
        server_stop
        return 1
    fi
    if [ "$(id -u)" = 0 ]; then
        chown "$SERVER_USER" "$SERVER_DIR" || { server_stop; return 1; }
    fi

    # Trigrams of words beyond ASCII need a character type; a bare C has none.
    locale=$(locale -a 2>/dev/null | grep -ixE 'C\.utf-?8' | head -n 1)
    server_as_owner "$bindir/initdb" --pgdata="$SERVER_DIR/data" --username=postgres --auth=trust \
        --encoding=UTF8 --locale="${locale:-C}" > "$SERVER_DIR/initdb.log" 2>&1 ||
        { cat "$SERVER_DIR/initdb.log" >&2; server_stop; return 1; }
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$SERVER_DIR'"
        printf '%s\n' "$stage_conf" "$@"
    } >> "$SERVER_DIR/data/postgresql.conf"
    server_as_owner "$bindir/pg_ctl" --pgdata="$SERVER_DIR/data" --log="$SERVER_DIR/log" --silent --wait start >&2 ||
        { cat "$SERVER_DIR/log" >&2; server_stop; return 1; }

    # What the caller's environment says about some other server must not leak in.
    unset PGHOSTADDR PGOPTIONS PGPASSFILE PGPASSWORD PGSERVICE PGSERVICEFILE PGSSLMODE PGTARGETSESSIONATTRS
    # For the programs that a script starts on it: this server is nobody else's.
    export PERFKIT_PRIVATE_HOST=$SERVER_DIR
    export PGHOST=$SERVER_DIR PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    case :$PATH: in
        *":$bindir:"*) ;;
        *) PATH=$bindir:$PATH ;;
    esac
}

# server_stop: stop the server and remove its directory. May be called at any time, and again.
server_stop() {
    local dir=$SERVER_DIR bindir
    [ -n "$dir" ] || return 0
    if [ -e "$dir/data/postmaster.pid" ]; then
        bindir=$("$PG_CONFIG" --bindir)
        server_as_owner "$bindir/pg_ctl" --pgdata="$dir/data" --silent --timeout=30 --mode=fast stop >/dev/null 2>&1 ||
            server_as_owner "$bindir/pg_ctl" --pgdata="$dir/data" --silent --mode=immediate stop >&2
    fi
    rm -rf "$dir"
    SERVER_DIR=
}
