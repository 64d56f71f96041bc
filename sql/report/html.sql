-- Report: texts, numbers, tables and plots of a page.
--
-- The page is HTML that is also well-formed XML, so that tests can parse it on the server. All text
-- of its own is ASCII, and other characters are numeric references, so that it is the same in every
-- encoding. See runs.sql for how functions and operators are named.

CREATE FUNCTION perfkit_html(value text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- In other encodings than UTF8, bytes above 7F may be parts of a character, or be printable.
    SELECT pg_catalog.regexp_replace(
               CASE WHEN pg_catalog.getdatabaseencoding() = 'UTF8'
                    THEN pg_catalog.regexp_replace(e.text, '[\u0080-\u009F\uFFFE\uFFFF]', '&#xFFFD;', 'g')
                    ELSE e.text END,
               '[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F]', '&#xFFFD;', 'g')
    FROM (SELECT pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
                     pg_catalog.replace(pg_catalog.replace(perfkit_html.value, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'),
                     '"', '&quot;'), '''', '&#39;'), E'\r\n', E'\n'), E'\r', E'\n') AS text) AS e;
END;

COMMENT ON FUNCTION perfkit_html(text) IS
'The text, escaped for HTML and XML: for elements and for quoted attributes.
Characters that a page may not contain become U+FFFD, the replacement character.';

CREATE FUNCTION perfkit_report_number(value double precision, digits integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Not the locale's group separator and decimal point.
    SELECT CASE WHEN perfkit_report_number.value IS NULL THEN '&#8211;'
                WHEN perfkit_report_number.value = 'Infinity' THEN '&#8734;'
                WHEN perfkit_report_number.value = '-Infinity' THEN '&#8722;&#8734;'
                WHEN perfkit_report_number.value = 'NaN' THEN '?'
                ELSE pg_catalog.replace(
                         pg_catalog.to_char(pg_catalog.round(perfkit_report_number.value::numeric,
                             perfkit_report_number.digits),
                                            pg_catalog.concat('FM999,999,999,999,999,999,990',
                                                              CASE WHEN perfkit_report_number.digits > 0
                                                                   THEN '.' || pg_catalog.repeat('0',
                                                                       perfkit_report_number.digits) END)),
                         '-', '&#8722;') END;
END;

COMMENT ON FUNCTION perfkit_report_number(double precision, integer) IS
'The number in a report, with so many digits after the point; a dash for NULL.';

CREATE FUNCTION perfkit_report_latency(microseconds double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN perfkit_report_latency.microseconds < '999.5'
                THEN pg_catalog.concat(pg_catalog.trim_scale(pg_catalog.round(perfkit_report_latency.microseconds::numeric)), ' &#181;s')
                WHEN perfkit_report_latency.microseconds < '999500'
                THEN pg_catalog.concat(pg_catalog.trim_scale(pg_catalog.round(
                         (perfkit_report_latency.microseconds / '1000')::numeric,
                         CASE WHEN perfkit_report_latency.microseconds < '10000' THEN 2
                              WHEN perfkit_report_latency.microseconds < '100000' THEN 1 ELSE 0 END)), ' ms')
                WHEN perfkit_report_latency.microseconds IS NOT NULL
                THEN pg_catalog.concat(pg_catalog.trim_scale(pg_catalog.round(
                         (perfkit_report_latency.microseconds / '1000000')::numeric, 2)), ' s')
                ELSE '&#8211;' END;
END;

COMMENT ON FUNCTION perfkit_report_latency(double precision) IS
'A time in a report, in a unit that suits it.';

CREATE FUNCTION perfkit_report_badge(verdict text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- A sign and a word; the color only repeats them.
    SELECT pg_catalog.format('<span class="v %s"><span aria-hidden="true">%s</span>&#160;%s</span>',
               CASE WHEN perfkit_report_badge.verdict IN ('PASS', 'NOT WORSE', 'BETTER') THEN 'good'
                    WHEN perfkit_report_badge.verdict IN ('FAIL', 'WORSE') THEN 'bad' ELSE 'open' END,
               CASE WHEN perfkit_report_badge.verdict IN ('PASS', 'NOT WORSE') THEN '&#10003;'
                    WHEN perfkit_report_badge.verdict = 'BETTER' THEN '&#9660;'
                    WHEN perfkit_report_badge.verdict = 'WORSE' THEN '&#9650;'
                    WHEN perfkit_report_badge.verdict = 'FAIL' THEN '&#10007;' ELSE '?' END,
               perfkit_html(perfkit_report_badge.verdict));
END;

COMMENT ON FUNCTION perfkit_report_badge(text) IS
'A verdict in a report.';

CREATE FUNCTION perfkit_report_table(caption text, heads text[], rows text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.format(
        '<div class="scroll" tabindex="0" role="region" aria-label="%1$s"><table><caption>%1$s</caption><thead><tr>%2$s</tr></thead>'
        '<tbody>%3$s</tbody></table></div>',
        perfkit_report_table.caption,
        (SELECT pg_catalog.string_agg(
                    CASE WHEN pg_catalog.left(h.head, 1) = '>'
                         THEN pg_catalog.format('<th scope="col" class="n">%s</th>', pg_catalog.substr(h.head, 2))
                         ELSE pg_catalog.format('<th scope="col">%s</th>', h.head) END, '' ORDER BY h.place)
         FROM pg_catalog.unnest(perfkit_report_table.heads) WITH ORDINALITY AS h (head, place)),
        (SELECT pg_catalog.string_agg(r.row, '' ORDER BY r.number)
         FROM (SELECT (c.place - 1) / pg_catalog.cardinality(perfkit_report_table.heads)::bigint AS number,
                      pg_catalog.concat('<tr>', pg_catalog.string_agg(
                          CASE WHEN (c.place - 1) % pg_catalog.cardinality(perfkit_report_table.heads)::bigint = 0
                               THEN pg_catalog.format('<th scope="row">%s</th>', c.cell)
                               WHEN pg_catalog.left(perfkit_report_table.heads[
                                        ((c.place - 1) % pg_catalog.cardinality(perfkit_report_table.heads)::bigint + 1)::integer], 1) = '>'
                               THEN pg_catalog.format('<td class="n">%s</td>', c.cell)
                               ELSE pg_catalog.format('<td>%s</td>', c.cell) END, '' ORDER BY c.place), '</tr>') AS row
               FROM pg_catalog.unnest(perfkit_report_table.rows) WITH ORDINALITY AS c (cell, place)
               GROUP BY 1) AS r));
END;

COMMENT ON FUNCTION perfkit_report_table(text, text[], text[]) IS
'A table of a report. caption, heads and cells are HTML.
rows: an array of rows, each with a cell for each head. The first cell is the head of its row. A head
that begins with ">" is one of numbers.';

CREATE FUNCTION perfkit_report_details(summary text, content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.format('<details><summary>%s</summary>%s</details>', perfkit_report_details.summary,
        perfkit_report_details.content)
    WHERE perfkit_report_details.content IS NOT NULL;
END;

COMMENT ON FUNCTION perfkit_report_details(text, text) IS
'A part of a report that is folded away; NULL without content. Arguments are HTML.';

CREATE FUNCTION perfkit_report_section(id text, heading text, content text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.format('<section id="%1$s" aria-labelledby="%1$s-h"><h2 id="%1$s-h">%2$s</h2>%3$s</section>',
                             perfkit_report_section.id, perfkit_report_section.heading, perfkit_report_section.content)
    WHERE perfkit_report_section.content <> '';
END;

COMMENT ON FUNCTION perfkit_report_section(text, text, text) IS
'A section of a report; NULL without content. Arguments are HTML.';

CREATE FUNCTION perfkit_report_ticks(lowest_us double precision, highest_us double precision)
RETURNS TABLE (microseconds double precision, label text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Powers of ten; fewer decades than two have steps between them.
    SELECT t.microseconds, perfkit_report_latency(t.microseconds)
    FROM pg_catalog.generate_series(-1, 10) AS e (exponent)
         CROSS JOIN pg_catalog.unnest(
             CASE WHEN perfkit_report_ticks.highest_us < '3'::double precision * perfkit_report_ticks.lowest_us
                  THEN '{1,1.2,1.5,1.8,2.2,2.7,3.3,4,5,6,7,8.5}'
                  WHEN perfkit_report_ticks.highest_us < '20'::double precision * perfkit_report_ticks.lowest_us
                      THEN '{1,2,5}'
                  WHEN perfkit_report_ticks.highest_us < '100'::double precision * perfkit_report_ticks.lowest_us
                      THEN '{1,3}'
                  ELSE '{1}' END::double precision[]) AS m (mantissa)
         CROSS JOIN LATERAL (SELECT m.mantissa * '10'::double precision ^ e.exponent::double precision AS microseconds) AS t
    WHERE t.microseconds BETWEEN greatest('1', perfkit_report_ticks.lowest_us) AND perfkit_report_ticks.highest_us
    ORDER BY 1;
END;

COMMENT ON FUNCTION perfkit_report_ticks(double precision, double precision) IS
'Where a logarithmic axis of latency has its labels.';

CREATE FUNCTION perfkit_report_plot(
    kind text,
    title text,
    description text,
    width double precision,
    height double precision,
    drawing text,
    left_labels text,
    bottom_labels text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- The drawing is stretched to the space there is. Labels are text next to it, so that they have
    -- one size on every screen; who cannot see them has the description, and the table below.
    SELECT pg_catalog.format(
        '<div class="plot %1$s"><div class="y" aria-hidden="true">%7$s</div><div class="area"><svg role="img" viewBox="0 0 %4$s %5$s"'
        ' preserveAspectRatio="none"><title>%2$s</title><desc>%3$s</desc>%6$s</svg></div><div class="x" aria-hidden="true">%8$s</div></div>',
        perfkit_report_plot.kind, perfkit_report_plot.title, perfkit_report_plot.description,
        pg_catalog.trim_scale(perfkit_report_plot.width::numeric),
            pg_catalog.trim_scale(perfkit_report_plot.height::numeric),
        perfkit_report_plot.drawing, perfkit_report_plot.left_labels, perfkit_report_plot.bottom_labels);
END;

COMMENT ON FUNCTION perfkit_report_plot(text, text, text, double precision, double precision, text, text, text) IS
'A plot of a report: a drawing of so many units, with labels at its left and below.
Arguments are HTML and SVG. Labels are made by perfkit_report_label().';

CREATE FUNCTION perfkit_report_label(side text, share double precision, label text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- One at the right end stays within the page.
    SELECT pg_catalog.format('<span style="%s:%s%%%s">%s</span>', perfkit_report_label.side,
                             pg_catalog.trim_scale(pg_catalog.round(100::numeric * perfkit_report_label.share::numeric,
                                 2)),
                             CASE WHEN perfkit_report_label.side = 'left' AND perfkit_report_label.share > '0.95'
                                  THEN ';transform:translateX(-100%)' END,
                             perfkit_report_label.label);
END;

COMMENT ON FUNCTION perfkit_report_label(text, double precision, text) IS
'A label of perfkit_report_plot(): this share of the way from "left" or "top".';

CREATE FUNCTION perfkit_report_time(value timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.format('<time datetime="%s">%s UTC</time>',
               pg_catalog.to_char(pg_catalog.timezone('UTC', perfkit_report_time.value), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               pg_catalog.to_char(pg_catalog.timezone('UTC', perfkit_report_time.value), 'YYYY-MM-DD HH24:MI:SS'));
END;

COMMENT ON FUNCTION perfkit_report_time(timestamptz) IS
'An instant in a report, whatever the session''s time zone is.';
