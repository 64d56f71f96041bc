/*
 * writes.h
 *	  The tables that a planned statement writes to.
 */
#ifndef PK_ADVISOR_WRITES_H
#define PK_ADVISOR_WRITES_H

#include "postgres.h"

#include "nodes/plannodes.h"

/* A list of PkWrite, those that make no entries in indexes left out: NIL if it only reads. */
extern List *pk_writes_of(const PlannedStmt *stmt);

#endif /* PK_ADVISOR_WRITES_H */
