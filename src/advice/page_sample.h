/*
 * page_sample.h
 *	  What a few pages of a table tell about its rows.
 */
#ifndef PK_ADVICE_PAGE_SAMPLE_H
#define PK_ADVICE_PAGE_SAMPLE_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct PkSample
{
	double rows;	 /* that were read */
	double matching; /* of them, those that satisfy the conditions */
	double distinct; /* distinct values of the keys among those without a null */
	double once;	 /* values that were found once */
	double pages;	 /* that were read, about */
	bool whole;		 /* all of the table was read */
} PkSample;

/*
 * Count rows by conditions (implicitly ANDed), or distinct values of keys, in a sample of the
 * table, which is Var 1 in both. False if that is not possible, or not safe: if the caller may not
 * read the table or sees only a part of it, or if code would run that did not come with the server.
 */
extern bool pk_sample_take(Oid relid, List *conditions, List *keys, PkSample *sample);

/* Distinct values in a table with that many rows, as ANALYZE estimates them from its sample. */
extern double pk_sample_distinct(const PkSample *sample, double rows);

#endif /* PK_ADVICE_PAGE_SAMPLE_H */
