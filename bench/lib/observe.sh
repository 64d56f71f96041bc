# bench/lib/observe.sh: what the server does during a load, for bench/run.
#
#     observe_begin             before the load: counters, sizes
#     observe_start             with each stage of it: sample sessions, a row a second, in the background
#     observe_stop              (from a trap too)
#     observe_end               after it: counters and sizes again
#
# Uses bench/run's $work, $dsn, $bench, $connected_at and value(). Leaves files in $work/observed, which observed.sql makes one JSON object of.
#
# One query a second, and one look at /proc, cost less than a hundredth of a core, whatever the load. Counters are
# cumulative ones that the server keeps anyway. What is only visible while it lasts is sampled: sessions that wait for a lock,
# and the memory of backends, of which the kernel keeps no peak that leaves out shared memory.

# shellcheck disable=SC2154 # what it uses is assigned there

observer=

observe_begin() {
    mkdir -p "$work/observed"
    : > "$work/observed/samples"
    : > "$work/observed/memory"
    observe_snapshot before
}

observe_end() {
    observe_quiet
    observe_snapshot after
    awk -F '|' 'NF == 4 { n++; waiting += $1; working += $2
                          if ($1 > most) most = $1
                          if ($1 > 0) some++
                          if ($3 > longest) longest = $3 }
                END { printf "{\"samples\": %d, \"waiting\": %d, \"most_waiting\": %d, \"with_waits\": %d, ", n, waiting, most, some
                      printf "\"working\": %d, \"longest_wait_ms\": %d}\n", working, longest }' \
        "$work/observed/samples" > "$work/observed/sessions"
    sort -n "$work/observed/memory" | tail -n 1 > "$work/observed/peak"
}

observe_snapshot() {
    value -f "$bench/lib/observe_snapshot.sql" || cannot "the server's statistics cannot be read; see the message above"
    printf '%s\n' "$answer" > "$work/observed/$1"
}

# Wait, for no longer than some seconds, until the sessions of this role that began after the run did have ended: pgbench's hand in
# their counts as they go, and those of a pgbench that was killed may still be at work. What they call themselves is up
# to the environment and the connection string, so it does not tell them.
observe_quiet() {
    local _
    for _ in {1..50}; do
        value -v own=yes -v since="$connected_at" -f - <<< "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND usename = current_user AND pid <> pg_backend_pid() AND backend_start > :'since';" || return
        [ "$answer" != 0 ] || return 0
        sleep 0.1
    done
}

observe_start() {
    observe_samples < /dev/null &
    observer=$!
}

observe_stop() {
    [ -n "$observer" ] || return 0
    kill -TERM "$observer" 2>/dev/null
    wait "$observer" 2>/dev/null
    observer=
}

# The sampler: a session that is asked once a second. It ends by itself when nobody asks any more.
observe_samples() {
    local ask query pids nap=
    trap '[ -z "$nap" ] || kill "$nap" 2>/dev/null; exit 0' TERM
    query=$(grep -v '^--' "$bench/lib/observe_sample.sql")
    exec {ask}> >(exec psql -X -q -At ${dsn:+-d "$dsn"} -v own=yes -f "$bench/lib/prelude.sql" -f - >> "$work/observed/samples" 2>/dev/null)
    while printf '%s\n' "$query" >&"$ask"; do
        sleep 1 &
        nap=$!
        wait "$nap"
        pids=$(tail -n 1 "$work/observed/samples" | cut -d '|' -f 4)
        [ -z "$pids" ] || observe_memory "$pids" >> "$work/observed/memory"
    done 2>/dev/null
}

# observe_memory PID PID...: the most private memory any of these has, in kB; nothing unless they are processes of a
# PostgreSQL server on this machine.
observe_memory() {
    local pid files=()
    for pid in $1; do
        files+=("/proc/$pid/status")
    done
    grep -hsE '^(Name|RssAnon):' "${files[@]}" |
        awk '$1 == "Name:" { ours = $2 ~ /^post/ } $1 == "RssAnon:" && ours && $2 > most { most = $2 } END { if (most) print most }'
}
