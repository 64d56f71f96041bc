/*
 * candidate.h
 *	  The index that a sequential scan is missing.
 */
#ifndef PK_ADVICE_CANDIDATE_H
#define PK_ADVICE_CANDIDATE_H

#include "postgres.h"

#include "plan/walk.h"

/* What of the query an index could answer, strongest first. */
typedef enum PkCandidateUse
{
	PK_CANDIDATE_NONE,	 /* the query wants every row */
	PK_CANDIDATE_FILTER, /* the scan's own condition */
	PK_CANDIDATE_JOIN,	 /* the condition of a join above */
	PK_CANDIDATE_ORDER,	 /* the order of the result */
} PkCandidateUse;

typedef struct PkCandidate
{
	PkCandidateUse use;
	Oid relid;			/* the table that is scanned, perhaps a partition */
	List *conditions;	/* of the scan, implicitly ANDed, on the table's columns; NIL unless PK_CANDIDATE_FILTER */
	char *columns;		/* columns concerned, "a, b"; NULL with PK_CANDIDATE_NONE */
	List *alternatives; /* any of these lists of C strings, each what follows CREATE INDEX ON table; NIL: none does */
	bool by_or;			/* the first alternative is for the arms of an OR */
} PkCandidate;

extern void pk_candidate_find(const PkPlanTree *tree, const PkPlanNode *scan, PkCandidate *candidate);

/* The alternatives as a hint has them: "CREATE INDEX ...; CREATE INDEX ..., or CREATE INDEX ...". NULL when there are none. */
extern char *pk_candidate_text(const PkCandidate *candidate);

/* CREATE INDEX statements to try an alternative by. Not "complete" when other partitions had to be left out. */
extern List *pk_candidate_trial(const PkCandidate *candidate, List *alternative, const PkPlanTree *tree,
								bool *complete);

/* The conditions that the node has on its table, whether it asks an index for them or checks them itself. */
extern List *pk_candidate_conditions(const PkPlanNode *scan);

#endif /* PK_ADVICE_CANDIDATE_H */
