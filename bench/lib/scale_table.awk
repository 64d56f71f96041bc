# bench/scale's table: a row for each scenario, from scale.tsv (see scale_row.sql). The exponent of growth is the slope of the
# least-squares line through (ln size, ln cost); it takes two sizes.

function short(rows) {
    if (rows >= 1000000000 && rows % 1000000000 == 0) return rows / 1000000000 "G"
    if (rows >= 1000000 && rows % 1000000 == 0) return rows / 1000000 "M"
    if (rows >= 1000 && rows % 1000 == 0) return rows / 1000 "K"
    return rows
}

function exponent(cost, scenario,    i, x, y, k, sx, sy, sxx, sxy) {
    for (i = 1; i <= n; i++)
        if (cost[scenario, size[i]] > 0) {
            x = log(size[i]); y = log(cost[scenario, size[i]])
            k++; sx += x; sy += y; sxx += x * x; sxy += x * y
        }
    if (k < 2)
        return "-"
    return sprintf("%+.2f", (k * sxy - sx * sy) / (k * sxx - sx * sx))
}

BEGIN { n = split(sizes, size, " ") }

{
    if (!($2 in seen)) { seen[$2] = 1; order[++rows] = $2; if (length($2) > widest) widest = length($2) }
    p95[$2, $1] = $6; buffers[$2, $1] = $8; limit[$2] = $11
    if ($12 == "FAIL" || verdict[$2] == "") verdict[$2] = $12
    else if ($12 == "INCONCLUSIVE" && verdict[$2] == "PASS") verdict[$2] = $12
}

END {
    if (widest < 8) widest = 8
    head = sprintf("%-" widest "s", "scenario")
    for (i = 1; i <= n; i++) head = head sprintf(" | %11s", "p95 " short(size[i]))
    head = head sprintf(" | %6s", "growth")
    for (i = 1; i <= n; i++) head = head sprintf(" | %12s", "buffers " short(size[i]))
    head = head sprintf(" | %6s | %6s | verdict", "growth", "budget")
    print head
    rule = head; gsub(/[^|]/, "-", rule); gsub(/\|/, "+", rule); print rule
    for (r = 1; r <= rows; r++) {
        s = order[r]
        line = sprintf("%-" widest "s", s)
        for (i = 1; i <= n; i++) line = line sprintf(" | %11.3f", p95[s, size[i]])
        line = line sprintf(" | %6s", exponent(p95, s))
        for (i = 1; i <= n; i++) line = line sprintf(" | %12.1f", buffers[s, size[i]])
        print line sprintf(" | %6s | %6s | %s", exponent(buffers, s), limit[s], verdict[s])
    }
}
