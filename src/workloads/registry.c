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

#define LIST(name) &pk_workload_##name,

static const PkWorkload *const workloads[] = {PK_WORKLOADS(LIST) NULL};

static ArrayBuildState *
add_text(ArrayBuildState *array, const char *text)
{
	return accumArrayResult(array, CStringGetTextDatum(text), false, TEXTOID, CurrentMemoryContext);
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
	for (int i = 0; workloads[i] != NULL; i++)
	{
		const PkWorkload *workload = workloads[i];
		ArrayBuildState *tables = initArrayResult(TEXTOID, CurrentMemoryContext, false);
		ArrayBuildState *extensions = initArrayResult(TEXTOID, CurrentMemoryContext, false);
		Datum values[5];
		bool nulls[5] = {0};

		if (workload->main != NULL)
			tables = add_text(tables, workload->main->name);
		for (int t = 0; workload->tables[t] != NULL; t++)
		{
			if (workload->tables[t] != workload->main)
				tables = add_text(tables, workload->tables[t]->name);
		}
		for (int e = 0; workload->requires[e] != NULL; e++)
			extensions = add_text(extensions, workload->requires[e]);
		values[0] = CStringGetTextDatum(workload->name);
		values[1] = makeArrayResult(tables, CurrentMemoryContext);
		values[2] = CStringGetTextDatum(workload->seeder);
		values[3] = makeArrayResult(extensions, CurrentMemoryContext);
		values[4] = CStringGetTextDatum(workload->description);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
