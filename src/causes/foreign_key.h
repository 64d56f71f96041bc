/*
 * foreign_key.h
 *	  Triggers of foreign keys that scan the referencing table for each row that is changed.
 */
#ifndef PK_CAUSES_FOREIGN_KEY_H
#define PK_CAUSES_FOREIGN_KEY_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"

/*
 * Findings about the triggers that a DELETE, an UPDATE of a referenced key or a MERGE fires, also
 * by cascading, one for each foreign key that lacks an index; the largest table first.
 * failure->scan is a ModifyTable node. Foreign keys of tables with fewer than min_rows rows are
 * left out.
 */
extern List *pk_foreign_key_find(const PkFailure *failure, double min_rows);

#endif /* PK_CAUSES_FOREIGN_KEY_H */
