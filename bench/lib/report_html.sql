-- The page of HTML: :report_runs and :report_baseline are arrays; an empty baseline is none.
SET LOCAL client_encoding = 'UTF8';
SELECT :perfkit.perfkit_report_html(:'report_runs'::bigint[], nullif(:'report_baseline', '')::bigint[], nullif(:'report_title', '')::text,
                                     nullif(:'report_capacity', '')::jsonb);
