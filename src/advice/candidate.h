/*
 * candidate.h
 *	  The index that would replace a sequential scan.
 */
#ifndef PK_ADVICE_CANDIDATE_H
#define PK_ADVICE_CANDIDATE_H

#include "postgres.h"

#include "plan/walk.h"

/* The part of the query that an index could answer, strongest first. */
typedef enum PkCandidateUse
{
	PK_CANDIDATE_NONE,	 /* none: the query reads every row */
	PK_CANDIDATE_FILTER, /* the scan's own condition */
	PK_CANDIDATE_JOIN,	 /* the condition of a join above */
	PK_CANDIDATE_ORDER,	 /* the order of the result */
} PkCandidateUse;

typedef struct PkCandidate
{
	PkCandidateUse use;
	Oid relid; /* the table that is scanned, perhaps a partition */
	/* of the scan, implicitly ANDed, on the table's columns; NIL unless FILTER */
	List *conditions;
	char *columns; /* columns concerned, "a, b"; NULL with NONE */
	/* lists of C strings, any of which would do: what follows CREATE INDEX ON table */
	List *alternatives;
	bool by_or; /* the first alternative is for the arms of an OR */
} PkCandidate;

extern void pk_candidate_find(const PkPlanTree *tree, const PkPlanNode *scan, PkCandidate *candidate);

/*
 * The index that gives the order of the sort above the scan: for a LIMIT that ends the scan, a
 * range or a list of values narrows it less than the order.
 */
extern void pk_candidate_find_ordered(const PkPlanTree *tree, const PkPlanNode *scan, PkCandidate *candidate);

/*
 * The alternatives as a hint shows them: "CREATE INDEX ...; CREATE INDEX ..., or CREATE INDEX ...".
 * NULL if there are none.
 */
extern char *pk_candidate_text(const PkCandidate *candidate);

/*
 * The tables that would have the index: the one that is scanned, or the scanned partitions of the
 * same table. "complete" is false if there are too many.
 */
extern List *pk_candidate_tables(const PkCandidate *candidate, const PkPlanTree *tree, bool *complete);

/*
 * CREATE INDEX statements to try an alternative. "complete" is false if other partitions were left
 * out.
 */
extern List *pk_candidate_trial(const PkCandidate *candidate, List *alternative, const PkPlanTree *tree,
								bool *complete);

/* The conditions of a join; NIL for another node. */
extern List *pk_candidate_join_clauses(Plan *plan);

/*
 * The conditions of the node on its table, whether the index or the node itself checks them: those
 * that the node checks come first.
 */
extern List *pk_candidate_conditions(const PkPlanNode *scan);

/* Those that the node itself checks, in terms of the table even where the plan has the index's. */
extern List *pk_candidate_filter(const PkPlanNode *scan);

#endif /* PK_ADVICE_CANDIDATE_H */
