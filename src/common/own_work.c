/*
 * own_work.c
 *	  Statements that perfkit runs for its own purposes, and which are not the application's.
 *
 * A seed that tops up a table has to read what is there. The guard watches whether an application reads large tables, and in mode
 * "error" it would refuse that. Whoever may not turn the guard off by SET gets it turned off for these statements all the same: what
 * they are is perfkit's choice, not his. Triggers of the tables that are filled fall in with it.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "common/own_work.h"

int
pk_own_work_begin(void)
{
	int nest_level = NewGUCNestLevel();

	(void) set_config_option("perfkit.guard", "off", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return nest_level;
}

void
pk_own_work_end(int nest_level)
{
	AtEOXact_GUC(true, nest_level);
}
