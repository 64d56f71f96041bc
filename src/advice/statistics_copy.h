/*
 * statistics_copy.h
 *	  A temporary copy of a table, to try statistics on. Both functions need an SPI connection, and
 *	  a subtransaction that is rolled back drops the copy.
 */
#ifndef PK_ADVICE_STATISTICS_COPY_H
#define PK_ADVICE_STATISTICS_COPY_H

#include "postgres.h"

#include "nodes/pg_list.h"

#define PK_STATISTICS_COPY_NAME "perfkit_copy_for_statistics"
#define PK_STATISTICS_COPY "pg_temp." PK_STATISTICS_COPY_NAME

/*
 * Copies the rows of a table, the statistics targets of its columns and its extended statistics; of
 * a table that is larger than so many pages, a sample of that size, which is the same each time.
 * Returns which share of the table that is. The caller holds a lock on the table. Errors: those of
 * its privileges and functions, and 55006 if statistics that would run code of its owner were added
 * meanwhile.
 */
extern double pk_statistics_copy_make(Oid relid, double max_pages);

/*
 * The ANALYZE of the copy for a question about these clauses and keys on the table, which is
 * relation 1 in them. It is limited to their columns. But extended statistics are made only if all
 * their columns are analyzed, so all columns are if the table has any.
 */
extern char *pk_statistics_copy_analyze(Oid relid, List *clauses, List *keys);

#endif /* PK_ADVICE_STATISTICS_COPY_H */
