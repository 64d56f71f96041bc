/*
 * sample.h
 *	  The text of a statement alone, out of the string that it was sent in; and texts of one database shown in another.
 */
#ifndef PK_GUARD_SAMPLE_H
#define PK_GUARD_SAMPLE_H

#include "postgres.h"

#include "executor/execdesc.h"

/* Install the hook that tells where commands are; from _PG_init(). */
extern void pk_sample_init(void);

/*
 * The statement's text, in memory that belongs to the statement or is constant; not terminated, *length bytes. Nothing of other statements
 * that came in the same string, whose passwords are nobody's business: where it is not known which part is this statement's, a remark.
 */
extern const char *pk_sample_text(const QueryDesc *desc, int *length);

/*
 * A text from a database with that encoding in the encoding of this one, allocated in the current memory context. Bytes of what is no
 * character here are written as \xHH.
 */
extern char *pk_sample_recode(const char *text, int encoding);

#endif /* PK_GUARD_SAMPLE_H */
