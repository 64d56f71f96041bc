/*
 * match.c
 *	  Whether a key of an index answers a condition, and if not, why.
 *
 * The planner knows this too, but does not tell: it just makes no path. So the rule is implemented
 * here again, as documented for operator classes: the key alone on one side, nothing of the table
 * on the other, an operator of the key's family, the key's collation. It is consulted only after
 * the planner has found no use for any index, to say why. What an index can do is always decided by
 * the planner.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/amapi.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "common/catalog.h"
#include "advice/clause.h"
#include "advice/match.h"

/* A key of an index, and the best match so far. */
typedef struct PkMeeting
{
	Relation index;
	PkTableRef table;
	Oid family;
	Oid collation;
	PkKeyMatch *match;
} PkMeeting;

bool
pk_match_is_pattern(Oid opno)
{
	return opno == OID_TEXT_LIKE_OP || opno == OID_BPCHAR_LIKE_OP || opno == OID_NAME_LIKE_OP ||
		   opno == OID_TEXT_REGEXEQ_OP || opno == OID_BPCHAR_REGEXEQ_OP || opno == OID_NAME_REGEXEQ_OP ||
		   opno == PK_CLAUSE_STARTS_WITH_OP;
}

const char *
pk_match_prefix_pattern(Oid opno, Node *value)
{
	PkClause clause = {.value = value};
	const char *pattern = value != NULL && pk_match_is_pattern(opno) ? pk_clause_pattern(&clause) : NULL;

	if (pattern == NULL || *pattern == '\0')
		return NULL;
	if (opno == PK_CLAUSE_STARTS_WITH_OP)
		return pattern;
	if (opno == OID_TEXT_LIKE_OP || opno == OID_BPCHAR_LIKE_OP || opno == OID_NAME_LIKE_OP)
		return *pattern == '%' || *pattern == '_' ? NULL : pattern;
	/* A regular expression: anchored, and then a character that means itself at least once. */
	return pattern[0] == '^' && isalnum((unsigned char) pattern[1]) &&
				   (pattern[2] == '\0' || strchr("*?{", pattern[2]) == NULL) &&
				   strchr(pattern, '|') == NULL
			   ? pattern
			   : NULL;
}

bool
pk_match_family_has_prefixes(Oid family, Oid collation)
{
	switch (family)
	{
		case TEXT_PATTERN_BTREE_FAM_OID:
		case BPCHAR_PATTERN_BTREE_FAM_OID:
			return true;
		case TEXT_BTREE_FAM_OID:
		case BPCHAR_BTREE_FAM_OID:
			return OidIsValid(collation) && pk_collation_is_c(collation);
		default:
			return false;
	}
}

/* Keep the better match. */
static void
note(PkMeeting *meeting, PkMatchKind kind, Node *compared, Oid opno, Node *value, Oid collation)
{
	if (kind <= meeting->match->kind)
		return;
	meeting->match->kind = kind;
	meeting->match->compared = compared;
	meeting->match->opno = opno;
	meeting->match->value = value;
	meeting->match->collation = collation;
}

/* compared OPERATOR value */
static void
meet_comparison(PkMeeting *meeting, Node *compared, Oid opno, Node *value, Oid collation)
{
	Node *key = meeting->match->key;

	if (bms_is_member(meeting->table.rti, pull_varnos(NULL, value)) || contain_volatile_functions(value))
		return;
	if (!equal(compared, key))
	{
		/*
		 * A negation would not be answered on the key itself, either, and a CASE has several
		 * values.
		 */
		if (pk_clause_contains(compared, key) && !pk_clause_is_negation(opno) && !IsA(compared, CaseExpr))
			note(meeting, PK_MATCH_INSIDE, compared, opno, value, collation);
	}
	else if (OidIsValid(opno) && op_in_opfamily(opno, meeting->family))
	{
		bool collates = !OidIsValid(meeting->collation) || meeting->collation == collation;

		note(meeting, collates ? PK_MATCH_FULL : PK_MATCH_COLLATION, compared, opno, value, collation);
	}
	else if (pk_match_prefix_pattern(opno, value) != NULL &&
			 pk_match_family_has_prefixes(meeting->family, meeting->collation))
		note(meeting, PK_MATCH_FULL, compared, opno, value, collation);
	else
		note(meeting, PK_MATCH_OPERATOR, compared, opno, value, collation);
}

/* A condition that tests one expression: IS NULL, IS TRUE, a boolean. */
static void
meet_test(PkMeeting *meeting, Node *compared, bool answered)
{
	if (equal(compared, meeting->match->key))
		note(meeting, answered ? PK_MATCH_FULL : PK_MATCH_OPERATOR, compared, InvalidOid, NULL, InvalidOid);
	else if (pk_clause_contains(compared, meeting->match->key))
		note(meeting, PK_MATCH_INSIDE, compared, InvalidOid, NULL, InvalidOid);
}

static void meet(PkMeeting *meeting, Node *condition);

/*
 * A key answers an OR if it answers all arms; otherwise the arm that it does not answer is
 * reported.
 */
static void
meet_or(PkMeeting *meeting, List *arms)
{
	PkKeyMatch worst = {.kind = PK_MATCH_FULL};
	ListCell *cell;

	foreach (cell, arms)
	{
		PkKeyMatch arm = {.key = meeting->match->key};
		PkMeeting inner = *meeting;

		inner.match = &arm;
		meet(&inner, lfirst(cell));
		if (arm.kind == PK_MATCH_NONE)
			return;
		if (arm.kind <= worst.kind)
			worst = arm;
	}
	note(meeting, worst.kind, worst.compared, worst.opno, worst.value, worst.collation);
}

static void
meet(PkMeeting *meeting, Node *condition)
{
	bool has_booleans = op_in_opfamily(BooleanEqualOperator, meeting->family);
	PkClause clause;
	ListCell *cell;

	pk_clause_take(condition, meeting->table, &clause);
	switch (clause.form)
	{
		case PK_CLAUSE_COMPARISON:
		case PK_CLAUSE_ANY:
		case PK_CLAUSE_ROW:
			meet_comparison(meeting, clause.compared, clause.opno, clause.value, clause.collation);
			break;
		case PK_CLAUSE_ALL: /* no operator family has it */
			meet_comparison(meeting, clause.compared, InvalidOid, clause.value, clause.collation);
			break;
		case PK_CLAUSE_NULL_TEST:
			meet_test(meeting, clause.compared, meeting->index->rd_indam->amsearchnulls);
			break;
		case PK_CLAUSE_TRUTH:
			meet_test(meeting, clause.compared, has_booleans);
			break;
		case PK_CLAUSE_NOT_TRUTH:
		case PK_CLAUSE_DISTINCT:
			meet_test(meeting, clause.compared, false);
			break;
		case PK_CLAUSE_OR:
			meet_or(meeting, clause.args);
			break;
		case PK_CLAUSE_AND:
			foreach (cell, clause.args)
			{
				meet(meeting, lfirst(cell));
			}
			break;
		case PK_CLAUSE_FUNCTION:
		case PK_CLAUSE_SUBPLAN:
		case PK_CLAUSE_NOT:
		case PK_CLAUSE_OTHER:
			break;
	}
}

Node *
pk_match_key_expression(Relation index, int key, PkTableRef table)
{
	AttrNumber column = index->rd_index->indkey.values[key];
	List *expressions = RelationGetIndexExpressions(index);
	ListCell *cell;
	Node *expression;
	Oid type;
	int32 typmod;
	Oid collation;

	if (column != 0)
	{
		get_atttypetypmodcoll(index->rd_index->indrelid, column, &type, &typmod, &collation);
		return (Node *) makeVar(table.rti, column, type, typmod, collation, 0);
	}
	cell = list_head(expressions);
	for (int i = 0; i < key; i++)
	{
		if (index->rd_index->indkey.values[i] == 0)
			cell = lnext(expressions, cell);
	}
	expression = copyObject(lfirst(cell));
	ChangeVarNodes(expression, 1, table.rti, 0);
	return pk_clause_strip(expression);
}

void
pk_match_key(Relation index, int key, PkTableRef table, Node *condition, PkKeyMatch *match)
{
	PkMeeting meeting = {.index = index, .table = table, .match = match};

	memset(match, 0, sizeof(*match));
	match->key = pk_match_key_expression(index, key, table);
	meeting.family = index->rd_opfamily[key];
	meeting.collation = index->rd_indcollation[key];
	meet(&meeting, condition);
}

bool
pk_match_is_valid(Relation index)
{
	return index->rd_index->indisvalid && index->rd_index->indisready;
}

bool
pk_match_is_old_enough(Relation index)
{
	return !index->rd_index->indcheckxmin ||
		   TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin);
}

bool
pk_match_served(PkTableRef table, Node *condition)
{
	Relation relation = table_open(table.relid, AccessShareLock);
	bool served = false;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(relation))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);
		PkKeyMatch match;

		pk_match_key(index, 0, table, condition, &match);
		served |= match.kind == PK_MATCH_FULL && pk_match_is_valid(index) && pk_match_is_old_enough(index) &&
				  RelationGetIndexPredicate(index) == NIL;
		index_close(index, NoLock);
	}
	table_close(relation, NoLock);
	return served;
}
