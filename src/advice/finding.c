/*
 * finding.c
 *	  Making a finding.
 */
#include "postgres.h"

#include "advice/finding.h"

PkFinding *
pk_finding_make(PkCause cause, Oid relid)
{
	PkFinding *finding = palloc0(sizeof(PkFinding));

	finding->cause = cause;
	finding->relid = relid;
	finding->share = -1;
	finding->break_even_factor = -1;
	finding->break_even_rows = -1;
	finding->rows = -1;
	finding->all_rows = -1;
	finding->rows_estimated = -1;
	finding->rows_found = -1;
	finding->duplicate_keys = -1;
	finding->cost = -1;
	finding->cost_with_remedy = -1;
	return finding;
}
