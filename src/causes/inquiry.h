/*
 * inquiry.h
 *	  One scan of a plan, the question why it is as it is, and the findings so far.
 */
#ifndef PK_CAUSES_INQUIRY_H
#define PK_CAUSES_INQUIRY_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"
#include "advice/table_ref.h"

typedef struct PkInquiry
{
	const PkFailure *failure; /* failure->scan is the scan in question, or NULL */
	PkTableRef table;
	List *expected;	  /* OIDs of the expected index of this table, or NIL */
	List *conditions; /* on the table, as the scan has them, implicitly ANDed */
	bool all_keys;	  /* a B-tree's later keys count, too: its first ones are used */
	bool settings;	  /* settings that keep the planner from using indexes are off */
	List *findings;	  /* PkFinding, the one to be told first first */
} PkInquiry;

/* Begin an inquiry about the table that the node reads. */
extern void pk_inquiry_begin(PkInquiry *inquiry, const PkFailure *failure, const PkPlanNode *reader);

/* Make a finding about the scan, without adding it. */
extern PkFinding *pk_inquiry_make(const PkInquiry *inquiry, PkCause cause);

/* Add a finding at the end. */
extern PkFinding *pk_inquiry_add(PkInquiry *inquiry, PkFinding *finding);

/*
 * Make the index to be created, which is the last finding, the remedy of the one that explains why
 * others do not serve.
 */
extern void pk_inquiry_adopt(PkInquiry *inquiry, PkFinding *finding, PkFinding *missing);

/* A condition on the table as SQL. */
extern char *pk_inquiry_condition(const PkInquiry *inquiry, Node *condition);

/* The filter of a node as SQL, as EXPLAIN shows it. */
extern char *pk_inquiry_filter(const PkInquiry *inquiry, const PkPlanNode *node);

/* One of the conditions of a node as SQL. */
extern char *pk_inquiry_clause(const PkInquiry *inquiry, const PkPlanNode *node, Node *clause);

#endif /* PK_CAUSES_INQUIRY_H */
