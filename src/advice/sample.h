/*
 * sample.h
 *	  Some rows of a table, on which a remedy is tried.
 */
#ifndef PK_ADVICE_SAMPLE_H
#define PK_ADVICE_SAMPLE_H

#include "postgres.h"

#include "advice/replan.h"

/*
 * Why no rows of the table may be read for a trial: the end of a sentence, without a period. NULL
 * if they may, as far as that can be told before it is tried; this counts as one of
 * failure->samples. Locks the table until the end of the (sub)transaction.
 */
extern char *pk_sample_refusal(const PkFailure *failure, Oid relid);

/*
 * "SELECT COLUMNS FROM ... LIMIT ...": about so many rows of the table, fewer if they are large,
 * and the same ones each time.
 */
extern char *pk_sample_query(Oid relid, const char *columns, double rows);

#endif /* PK_ADVICE_SAMPLE_H */
