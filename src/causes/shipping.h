/*
 * shipping.h
 *	  Conditions on foreign tables that are not sent to their server.
 */
#ifndef PK_CAUSES_SHIPPING_H
#define PK_CAUSES_SHIPPING_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"

/* Findings about the ForeignScan node in failure->scan, one for each condition; NIL for none. */
extern List *pk_shipping_find(const PkFailure *failure);

#endif /* PK_CAUSES_SHIPPING_H */
