# pgbench's report (standard input) as one JSON object of its own counts. Exit status 1 when it holds none.
# Scripts are in the order of the command line; with a single one pgbench prints no part for it.

function count(text) { sub(/\/.*/, "", text); return text + 0 }

/^number of threads: /                         { threads = $NF }
/^number of transactions actually processed: / { transactions = count($NF); seen = 1 }
/^number of failed transactions: /             { failed = $5 }
/^number of transactions skipped: /            { skipped = $5 }
/^total number of retries: /                   { retries = $NF }
/^initial connection time = /                  { connecting = $5 }
/^tps = /                                      { tps = $3 }
/^SQL script [0-9]+: /                         { script = $3 + 0 }
script && /^ - [0-9]+ transactions \(/         { done[script] = $2 }
script && /^ - number of failed transactions: /  { errors[script] += $6 }
script && /^ - number of transactions skipped: / { errors[script] += $6 }

END {
    if (!seen)
        exit 1
    if (!script) {
        script = 1
        done[1] = transactions
        errors[1] = failed + skipped
    }
    printf "{\"clients\": %d, \"threads\": %d, \"transactions\": %d, \"failed\": %d, \"skipped\": %d, \"retries\": %d, ", \
        clients, threads, transactions, failed, skipped, retries
    printf "\"tps\": %s, \"initial_connection_ms\": %s, \"scripts\": [", (tps == "" ? 0 : tps), (connecting == "" ? 0 : connecting)
    for (i = 1; i <= script; i++)
        printf "%s{\"transactions\": %d, \"errors\": %d}", (i > 1 ? ", " : ""), done[i], errors[i]
    print "]}"
}
