/*
 * clone.h
 *	  Copies of some rows of tables, on which candidates are really built.
 *
 * Built on a copy, an index of any access method has a size and a price for writers that can be
 * measured; and plan/whatif.h shows it to the planner as if it were the table's.
 */
#ifndef PK_ADVISOR_CLONE_H
#define PK_ADVISOR_CLONE_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advisor/candidates.h"
#include "plan/whatif.h"

/* A table, or the partitions of one. */
typedef struct PkClone
{
	Oid relid;			/* as in PkIndexCandidate */
	List *candidates;	/* PkIndexCandidate, those that are built */
	PkWhatIfCopy *copy; /* NULL if there is none */
	double rows;		/* of the table, or of all of its partitions together */
	double bytes;		/* the same, without indexes */
	char *refusal;		/* why there is no copy: end of a sentence, without a period; or NULL */
} PkClone;

/*
 * Make the copies and build the candidates on them: PkClone for each table. It must be called in a
 * subtransaction that is rolled back, with SPI connected. What cannot be built is left out: its
 * candidate's "built" stays invalid.
 */
extern List *pk_clones_make(List *candidates);

/* Measure what a row costs a writer with each of these candidates: sets their "write". */
extern void pk_clones_measure_writes(List *clones, List *candidates);

#endif /* PK_ADVISOR_CLONE_H */
