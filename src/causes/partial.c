/*
 * partial.c
 *	  Partial indexes whose predicate the query does not imply.
 *
 * The planner proves implications from constants and operators alone, so that a parameter, a long
 * list or a negation proves nothing, even if its values do. Which of them it is decides what to do:
 * with an unknown value it is the value that has to be said, and not the predicate.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "advice/clause.h"
#include "advice/keys.h"
#include "causes/partial.h"

/* The predicate of the index, on columns of the query's table, as an implicit AND. */
static List *
predicate_of(const PkInquiry *inquiry, Relation index)
{
	List *predicate = copyObject(RelationGetIndexPredicate(index));

	ChangeVarNodes((Node *) predicate, 1, inquiry->table.rti, 0);
	return predicate;
}

bool
pk_partial_is_implied(const PkInquiry *inquiry, Relation index)
{
	return predicate_implied_by(predicate_of(inquiry, index), inquiry->conditions, false);
}

static bool
has_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return true;
	return expression_tree_walker(node, has_parameter, context);
}

static bool
has_subplan(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
		return true;
	return expression_tree_walker(node, has_subplan, context);
}

/* Does each value of the list imply the predicate, although the planner does not look at them? */
static bool
is_implied_by_elements(const PkClause *clause, List *predicate)
{
	Const *array = (Const *) pk_clause_strip(clause->value);
	Datum *datums;
	bool *nulls;
	int count;
	Oid element;
	int16 length;
	bool by_value;
	char alignment;

	if (clause->form != PK_CLAUSE_ANY || !IsA(array, Const) || array->constisnull)
		return false;
	element = ARR_ELEMTYPE(DatumGetArrayTypeP(array->constvalue));
	get_typlenbyvalalign(element, &length, &by_value, &alignment);
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), element, length, by_value, alignment, &datums, &nulls,
					  &count);
	for (int i = 0; i < count; i++)
	{
		Const *value = makeConst(element, -1, get_typcollation(element), length, datums[i], nulls[i], by_value);
		Node *equality = (Node *) make_opclause(clause->opno, BOOLOID, false, (Expr *) clause->compared, (Expr *) value,
												InvalidOid, clause->collation);

		if (!nulls[i] && !predicate_implied_by(predicate, list_make1(equality), false))
			return false;
	}
	return true;
}

static bool
is_negation(const PkClause *clause)
{
	return clause->form == PK_CLAUSE_ALL || clause->form == PK_CLAUSE_NOT || clause->form == PK_CLAUSE_NOT_TRUTH ||
		   (clause->form == PK_CLAUSE_DISTINCT && !clause->negated) ||
		   (clause->form == PK_CLAUSE_TRUTH && clause->negated) ||
		   (OidIsValid(clause->opno) && pk_clause_is_negation(clause->opno));
}

/* Why the conditions do not imply the part of the predicate, and the condition that nearly does. */
static PkUnimplied
reason_of(const PkInquiry *inquiry, Node *part, Node **nearest)
{
	PkUnimplied reason = PK_UNIMPLIED_SILENT;
	Bitmapset *columns = NULL;
	ListCell *cell;

	pull_varattnos(part, inquiry->table.rti, &columns);
	foreach (cell, inquiry->conditions)
	{
		Bitmapset *used = NULL;
		PkClause clause;
		PkUnimplied found = PK_UNIMPLIED_OTHER;

		pull_varattnos(lfirst(cell), inquiry->table.rti, &used);
		if (!bms_overlap(used, columns))
			continue;
		pk_clause_take(lfirst(cell), inquiry->table, &clause);
		if (is_negation(&clause))
			found = PK_UNIMPLIED_NEGATION;
		else if (has_parameter(lfirst(cell), NULL) && !has_subplan(lfirst(cell), NULL))
			found = PK_UNIMPLIED_PARAMETER;
		else if (is_implied_by_elements(&clause, list_make1(part)))
			found = PK_UNIMPLIED_LIST;
		if (reason != PK_UNIMPLIED_SILENT && reason != PK_UNIMPLIED_OTHER)
			continue;
		reason = found;
		*nearest = lfirst(cell);
	}
	return reason;
}

/*
 * Why the conditions do not imply the predicate; if a part of it is not mentioned at all, that.
 * "missing" is set to the parts that they do not imply.
 */
static PkUnimplied
reason_of_all(const PkInquiry *inquiry, List *predicate, List **missing, Node **nearest)
{
	PkUnimplied reason = PK_UNIMPLIED_SILENT;
	ListCell *cell;

	*missing = NIL;
	*nearest = NULL;
	foreach (cell, predicate)
	{
		Node *condition = NULL;
		PkUnimplied found;

		if (predicate_implied_by(list_make1(lfirst(cell)), inquiry->conditions, false))
			continue;
		found = reason_of(inquiry, lfirst(cell), &condition);
		if (*missing == NIL || found == PK_UNIMPLIED_SILENT)
		{
			reason = found;
			*nearest = condition;
		}
		*missing = lappend(*missing, lfirst(cell));
	}
	return reason;
}

/*
 * The partial indexes of the table, or those of them that are expected, that have a predicate
 * for one of these reasons (bits) not implied. Those whose rows the query does not want, by its
 * conditions, are of no use to it.
 */
static List *
partial_indexes(const PkInquiry *inquiry, int reasons)
{
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	List *partial = NIL;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index;
		List *predicate;
		List *missing;
		Node *nearest;

		if (inquiry->expected != NIL && !list_member_oid(inquiry->expected, lfirst_oid(cell)))
			continue;
		index = index_open(lfirst_oid(cell), AccessShareLock);
		predicate = predicate_of(inquiry, index);
		if (predicate != NIL && !predicate_refuted_by(predicate, inquiry->conditions, false) &&
			(reasons & (1 << reason_of_all(inquiry, predicate, &missing, &nearest))) != 0)
			partial = lappend_oid(partial, lfirst_oid(cell));
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return partial;
}

/* What keeps the predicate from being implied, and what to do about it. */
static void
explain(const PkInquiry *inquiry, Relation index, PkFinding *finding)
{
	List *predicate = predicate_of(inquiry, index);
	List *missing;
	Node *nearest;

	finding->unimplied = reason_of_all(inquiry, predicate, &missing, &nearest);
	finding->predicate = pk_keys_text(inquiry->table, (Node *) make_ands_explicit(predicate));
	if (nearest != NULL)
		finding->condition = pk_inquiry_condition(inquiry, nearest);
	if (finding->unimplied == PK_UNIMPLIED_LIST)
	{
		finding->remedy_kind = PK_REMEDY_CONDITION;
		finding->same_result = PK_SAME_BY_RULE; /* the condition implies the predicate */
		finding->remedy_sql = psprintf("%s AND %s", pk_keys_text(inquiry->table, (Node *) make_ands_explicit(missing)),
									   pk_inquiry_condition(inquiry, nearest));
	}
	/* The index is for such queries; another one would be as large as the table. */
	finding->decisive = finding->unimplied == PK_UNIMPLIED_LIST || finding->unimplied == PK_UNIMPLIED_PARAMETER;
}

PkFinding *
pk_partial_find(const PkInquiry *inquiry)
{
	const int by_value = 1 << PK_UNIMPLIED_PARAMETER | 1 << PK_UNIMPLIED_LIST | 1 << PK_UNIMPLIED_NEGATION;
	List *valued = partial_indexes(inquiry, by_value);
	List *mentioned = partial_indexes(inquiry, by_value | 1 << PK_UNIMPLIED_OTHER);
	List *silent = partial_indexes(inquiry, 1 << PK_UNIMPLIED_SILENT);
	PkReplan other = {0};
	PkFinding *finding;
	Relation index;

	if (mentioned != NIL)
		pk_replan_widened(inquiry->failure, inquiry->expected, mentioned, &other);
	/*
	 * Of the few rows of such an index, reading all may be the way, if the query wants just them.
	 */
	if (valued != NIL && !other.serves)
		pk_replan_implied(inquiry->failure, inquiry->expected, valued, &other);
	if (silent != NIL && !other.serves)
		pk_replan_widened(inquiry->failure, inquiry->expected, silent, &other);
	if (!other.serves)
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_PARTIAL_PREDICATE);
	finding->index = linitial_oid(other.index_oids);
	index = index_open(finding->index, AccessShareLock);
	explain(inquiry, index, finding);
	index_close(index, NoLock);
	return finding;
}
