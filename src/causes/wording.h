/*
 * wording.h
 *	  Conditions that an index would answer in other words.
 */
#ifndef PK_CAUSES_WORDING_H
#define PK_CAUSES_WORDING_H

#include "postgres.h"

#include "advice/clause.h"
#include "causes/inquiry.h"

/* The first condition that could be worded otherwise, with the other wording; NULL for none. */
extern PkFinding *pk_wording_find(const PkInquiry *inquiry);

/*
 * An index of the table, one of those expected if there are any, that has the expression as a key
 * and, if the operator is valid, supports it there; invalid if there is none.
 */
extern Oid pk_wording_index(const PkInquiry *inquiry, Node *key, Oid opno);

/* The operator that calls the function, and by which some access method orders rows; or invalid. */
extern Oid pk_wording_order_operator(Oid function);

#endif /* PK_CAUSES_WORDING_H */
