/*
 * doubt.h
 *	  An estimate of the planner's that is not to be relied on.
 */
#ifndef PK_CAUSES_DOUBT_H
#define PK_CAUSES_DOUBT_H

#include "postgres.h"

#include "advice/finding.h"
#include "plan/walk.h"

typedef struct PkDoubt
{
	PkFinding *finding;
	const PkPlanNode *node;
	const PkRowsTold *told; /* what the planner would have to know; NULL if that cannot be told */
	bool certain;			/* the estimate was found to be wrong, whether that matters or not */
	bool few;				/* the condition keeps a small part of the table */
} PkDoubt;

#endif /* PK_CAUSES_DOUBT_H */
