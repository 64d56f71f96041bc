/*
 * registry.c
 *	  The registry of workloads, and perfkit_workloads() that shows it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "workloads/registry.h"

const PkWorkload *const pk_workloads[] = {
	&pk_workload_events,
	&pk_workload_domain_events,
	NULL,
};

static Datum
text_array(const char *const *words, int nwords)
{
	Datum *elements = palloc(sizeof(Datum) * Max(nwords, 1));

	for (int i = 0; i < nwords; i++)
		elements[i] = CStringGetTextDatum(words[i]);
	return PointerGetDatum(construct_array(elements, nwords, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(perfkit_workloads);

/*
 * perfkit_workloads() -> SETOF (workload, tables, seeder, requires, description)
 */
Datum
perfkit_workloads(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = 0; pk_workloads[i] != NULL; i++)
	{
		const PkWorkload *workload = pk_workloads[i];
		const char *tables[16];
		int ntables = 0;
		int nrequires = 0;
		Datum values[5];
		bool nulls[5] = {0};

		while (ntables < lengthof(tables) && workload->tables[ntables] != NULL)
		{
			tables[ntables] = workload->tables[ntables]->name;
			ntables++;
		}
		while (workload->requires[nrequires] != NULL)
			nrequires++;
		values[0] = CStringGetTextDatum(workload->name);
		values[1] = text_array(tables, ntables);
		values[2] = CStringGetTextDatum(workload->seeder);
		values[3] = text_array(workload->requires, nrequires);
		values[4] = CStringGetTextDatum(workload->description);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
