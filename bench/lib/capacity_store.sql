-- Stores what perfkit capacity has found with the run that shows it best, where its page finds it.
UPDATE :perfkit.perfkit_runs SET environment = environment || jsonb_build_object('capacity', :'capacity'::jsonb)
WHERE run_id = :run_id;
