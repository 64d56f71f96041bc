/*
 * load_state.h
 *	  The state of a load, which the loader's parts, the loader and its callers share.
 */
#ifndef PK_SEED_LOAD_STATE_H
#define PK_SEED_LOAD_STATE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "portability/instr_time.h"
#include "utils/rel.h"

#include "seed/workload.h"

/* One load and how far it got. */
typedef struct PkLoad
{
	const PkTable *table;
	const PkColumnType *types; /* of the table's columns */
	const PkSeedParams *params;
	Oid schema;
	Oid relid;
	char *relation_name;	/* quoted and qualified: for SPI and for messages */
	char *generator_schema; /* quoted schema of the perfkit_generate_ functions */
	char *library;			/* perfkit's library, for parallel workers */
	int64 nrows;			/* row numbers 0 .. nrows - 1 are to be present at the end */
	int64 likely_first_row; /* where only some numbers have rows: those before this may exist */

	int64 first_row;  /* the rows before it exist already */
	bool look_again;  /* an earlier load may have run triggers, which may have changed this table */
	bool maintained;  /* see pk_load_is_maintained(); rules out the direct way */
	List *referenced; /* tables that the table's foreign keys reference, where the direct way is chosen */
	int64 inserted;
	const char *insert_reason; /* why the INSERT way was taken; NULL for the direct way */
	int nindexes;			   /* indexes rebuilt */
	double rows_ms;			   /* time for the rows, with the INSERT way including their index entries */
	double index_ms;		   /* time to rebuild the indexes */
	int nforeign_keys;		   /* foreign keys validated */
	double foreign_key_ms;	   /* time to validate them */

	instr_time started; /* of the rows */
	double notice_ms;	/* when the last NOTICE was given, from started */
} PkLoad;

#endif /* PK_SEED_LOAD_STATE_H */
