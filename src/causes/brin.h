/*
 * brin.h
 *	  BRIN indexes that find most of the table for a few rows.
 */
#ifndef PK_CAUSES_BRIN_H
#define PK_CAUSES_BRIN_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * The index serves the scan, or could. Adds the finding if it is BRIN and finds far too many pages.
 */
extern bool pk_brin_find(PkInquiry *inquiry, Oid indexid);

#endif /* PK_CAUSES_BRIN_H */
