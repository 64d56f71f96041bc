/*
 * table_ref.h
 *	  One table of a query: the number that the query knows it by, and the relation.
 *
 * Both are unsigned integers, so that as two arguments they could be swapped without a warning.
 */
#ifndef PK_ADVICE_TABLE_REF_H
#define PK_ADVICE_TABLE_REF_H

#include "postgres.h"

typedef struct PkTableRef
{
	Index rti; /* range table index, as in Vars */
	Oid relid;
} PkTableRef;

#endif /* PK_ADVICE_TABLE_REF_H */
