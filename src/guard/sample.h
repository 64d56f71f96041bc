/*
 * sample.h
 *	  The text of one statement out of the string that was sent; conversion of such texts.
 */
#ifndef PK_GUARD_SAMPLE_H
#define PK_GUARD_SAMPLE_H

#include "postgres.h"

#include "executor/execdesc.h"

/* Install the hook that locates commands; from _PG_init(). */
extern void pk_sample_init(void);

/*
 * The text of the statement, *length bytes and not terminated, in memory that belongs to the
 * statement or is constant. Never includes other statements of the same string, which may contain
 * passwords: if the part that is this statement's is unknown, a remark is returned instead.
 */
extern const char *pk_sample_text(const QueryDesc *desc, int *length);

/*
 * Convert a text from the given encoding to that of this database, allocated in the current memory
 * context. Bytes that are no character here are written as \xHH.
 */
extern char *pk_sample_recode(const char *text, int encoding);

#endif /* PK_GUARD_SAMPLE_H */
