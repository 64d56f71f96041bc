/*
 * candidates.h
 *	  The indexes that could grant what queries wish for.
 */
#ifndef PK_ADVISOR_CANDIDATES_H
#define PK_ADVISOR_CANDIDATES_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* An index that does not exist. */
typedef struct PkIndexCandidate
{
	Oid relid;		   /* of a partitioned table, the root of the tree that the queries name */
	char *tail;		   /* what follows CREATE INDEX ON table */
	Oid built;		   /* its like on a copy of the table, see clone.h; invalid until then */
	double bytes;	   /* size that it would have, from that */
	double write;	   /* pages that one more row makes the server access, from that; -1: unknown */
	List *columns;	   /* String nodes: columns whose update it has to follow */
	List *queries;	   /* numbers of the queries that wish for it */
	int number;		   /* its place in the list, from 0 */
	double worth;	   /* what these queries cost, with weights */
	bool foreign_code; /* building it could call functions that did not come with the server */
	bool left_out;	   /* there are too many, see clone.c */
} PkIndexCandidate;

/*
 * The candidates for a list of PkWish, without duplicates and without those that exist already: of
 * one key and of several, for an order, with further columns for index-only scans of one query or
 * of all with the same keys, for a part of the rows where several queries ask for the same part,
 * and of other access methods.
 */
extern List *pk_candidates_make(List *wishes);

/* Do they begin with the same key of the same table, so that both can answer the same condition? */
extern bool pk_candidates_begin_alike(const PkIndexCandidate *first, const PkIndexCandidate *second);

#endif /* PK_ADVISOR_CANDIDATES_H */
