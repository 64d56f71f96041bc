/*
 * disjunction.h
 *	  An OR that no index answers, since one arm has a subquery, or arms are on different tables.
 */
#ifndef PK_CAUSES_DISJUNCTION_H
#define PK_CAUSES_DISJUNCTION_H

#include "postgres.h"

#include "causes/inquiry.h"

/* A condition of the scan that is an OR with a subquery in an arm; NULL if there is none. */
extern PkFinding *pk_disjunction_subquery(const PkInquiry *inquiry);

/*
 * An OR above the scan, with arms on different tables, that keeps few of the rows; NULL if there is
 * none.
 */
extern PkFinding *pk_disjunction_tables(const PkInquiry *inquiry, const PkPlanNode *scan);

#endif /* PK_CAUSES_DISJUNCTION_H */
