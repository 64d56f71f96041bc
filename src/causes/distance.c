/*
 * distance.c
 *	  Rows wanted in the order of their distance from something, which GiST and SP-GiST give.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "common/catalog.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advice/match.h"
#include "causes/distance.h"
#include "causes/missing.h"
#include "causes/wording.h"

/* Only conditions are replaced while a query is planned, see plan/rewrite.h. */
#define NOT_PLANNED "the query was not planned with that order"

/* Is it an operator by which some index orders its rows, such as a distance? */
static bool
orders_by_distance(Oid opno)
{
	CatCList *families = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(opno));
	bool found = false;

	for (int i = 0; i < families->n_members && !found; i++)
		found = ((Form_pg_amop) GETSTRUCT(&families->members[i]->tuple))->amoppurpose == AMOP_ORDER;
	ReleaseCatCacheList(families);
	return found;
}

/*
 * The operator <-> for the distance between the column and a value of that type, if an index on the
 * column gives that order.
 */
static Oid
distance_operator(const PkInquiry *inquiry, Node *column, Oid type)
{
	Relation relation = table_open(inquiry->table.relid, AccessShareLock);
	Oid found = InvalidOid;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		for (int i = 0; i < index->rd_index->indnkeyatts && pk_match_is_valid(index); i++)
		{
			CatCList *members;

			if (!equal(pk_match_key_expression(index, i, inquiry->table), column))
				continue;
			members = SearchSysCacheList1(AMOPSTRATEGY, ObjectIdGetDatum(index->rd_opfamily[i]));
			for (int j = 0; j < members->n_members; j++)
			{
				Form_pg_amop member = (Form_pg_amop) GETSTRUCT(&members->members[j]->tuple);

				if (member->amoppurpose == AMOP_ORDER && member->amoplefttype == exprType(column) &&
					member->amoprighttype == type && strcmp(get_opname(member->amopopr), "<->") == 0)
					found = member->amopopr;
			}
			ReleaseCatCacheList(members);
		}
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return found;
}

/*
 * Is it pg_trgm's similarity()? Its operator <-> is 1 minus that, so the most similar rows come
 * first in ascending order.
 */
static bool
is_similarity(const FuncExpr *call)
{
	const char *name = get_func_name(call->funcid);
	Oid extension = get_extension_oid("pg_trgm", true);

	return name != NULL && strcmp(name, "similarity") == 0 && OidIsValid(extension) &&
		   getExtensionOfObject(ProcedureRelationId, call->funcid) == extension;
}

/* A function that returns a distance, by its name. */
static bool
is_named_distance(const FuncExpr *call)
{
	const char *name = get_func_name(call->funcid);

	return name != NULL && strstr(name, "distance") != NULL && call->funcresulttype == FLOAT8OID;
}

/*
 * A function of the column and a value that returns a distance, such as PostGIS's ST_Distance(), or
 * the similarity. It is not the function of the operator, but is named for the same.
 */
static PkFinding *
find_function(const PkInquiry *inquiry, FuncExpr *call, bool descending)
{
	PkFinding *finding;
	Node *column;
	Node *value;
	Oid opno;

	if (descending ? !is_similarity(call) : !is_named_distance(call))
		return NULL;
	column = pk_clause_strip(linitial(call->args));
	value = lsecond(call->args);
	if (!pk_keys_is_key(inquiry->table, column))
	{
		column = pk_clause_strip(lsecond(call->args));
		value = linitial(call->args);
	}
	if (!pk_keys_is_key(inquiry->table, column) || contain_var_clause(value) ||
		!OidIsValid(opno = distance_operator(inquiry, column, exprType(value))))
		return NULL;
	finding = pk_inquiry_make(inquiry, PK_CAUSE_FUNCTION_NOT_OPERATOR);
	finding->column = pk_keys_text(inquiry->table, column);
	finding->operator= get_opname(opno);
	finding->index = pk_wording_index(inquiry, column, InvalidOid);
	finding->expression = psprintf("%s()", get_func_name(call->funcid));
	finding->unproven = pstrdup(NOT_PLANNED);
	/* Descending, nulls come first. */
	if (descending)
		finding->changes |= PK_RESULT_NULLS;
	else
		finding->unproven = psprintf(NOT_PLANNED ", and what %s returns is known by its name only", finding->expression);
	finding->remedy_kind = PK_REMEDY_ORDER;
	finding->remedy_sql = psprintf("%s %s %s", finding->column, finding->operator, pk_inquiry_condition(inquiry, value));
	finding->decisive = true;
	return finding;
}

PkFinding *
pk_distance_find(const PkInquiry *inquiry, Node *source, bool descending)
{
	bool operator= IsA(source, OpExpr);
	List *args = operator? ((OpExpr *) source)->args : IsA(source, FuncExpr) ? ((FuncExpr *) source)->args
																			 : NIL;
	Oid opno = operator? ((OpExpr *) source)->opno : InvalidOid;
	PkFinding *finding;
	Node *column;
	char *gist;

	if (list_length(args) != 2)
		return NULL;
	if (!operator)
		opno = pk_wording_order_operator(((FuncExpr *) source)->funcid);
	if (!OidIsValid(opno) || !orders_by_distance(opno))
		return operator? NULL : find_function(inquiry, (FuncExpr *) source, descending);
	column = pk_clause_strip(linitial(args));
	if (!pk_keys_is_key(inquiry->table, column))
		column = pk_clause_strip(lsecond(args));
	if (!pk_keys_is_key(inquiry->table, column))
		return NULL;

	finding = pk_inquiry_make(inquiry, !operator	? PK_CAUSE_FUNCTION_NOT_OPERATOR
									   : descending ? PK_CAUSE_SORT_ORDER
													: PK_CAUSE_KNN);
	finding->column = pk_keys_text(inquiry->table, column);
	finding->operator= get_opname(opno);
	finding->index = pk_wording_index(inquiry, column, InvalidOid);
	if (!operator)
	{
		finding->expression = psprintf("%s()", get_func_name(((FuncExpr *) source)->funcid));
		finding->unproven = pstrdup(NOT_PLANNED);
		finding->remedy_kind = PK_REMEDY_ORDER;
		finding->remedy_sql = psprintf("%s %s %s", pk_inquiry_condition(inquiry, linitial(args)), get_opname(opno),
									   pk_inquiry_condition(inquiry, lsecond(args)));
		finding->decisive = true;
		return finding;
	}
	finding->decisive = true;
	gist = pk_keys_order_text(inquiry->table, column, opno);
	if (!descending && gist != NULL)
	{
		finding->remedy_sql = psprintf("CREATE INDEX ON %s %s", pk_quoted_relation_name(inquiry->table.relid), gist);
		(void) pk_missing_prove(inquiry, finding, gist);
	}
	return finding;
}
