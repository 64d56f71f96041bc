/*
 * wishes.c
 *	  What the planner could use of an index, for each table of a query.
 */
#include "postgres.h"

#include <math.h>

#include "access/relation.h"
#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "advice/clause.h"
#include "advice/keys.h"
#include "advisor/wishes.h"

/*
 * With more columns than that, or all of them, an index would be another table. Of rows with so few
 * bytes of data, as in a table of two keys, half are the row's header, and an index is worth it.
 */
#define MAX_COVERED 6
#define NARROW_COLUMNS 3
#define NARROW_BYTES 32

/* From this correlation on, ranges of a column are ranges of blocks. */
#define BRIN_CORRELATION 0.95

/* A table and what is wished for it. */
typedef struct PkCollector
{
	PlannerInfo *root;
	RelOptInfo *rel;
	PkTableRef table;
	PkWish *wish;
} PkCollector;

static char *
quoted_column(Oid relid, AttrNumber column)
{
	return pstrdup(quote_identifier(get_attname(relid, column, false)));
}

/* Are the column's values in the order of the table's blocks, as its statistics have it? */
static bool
is_correlated(Oid relid, AttrNumber column)
{
	HeapTuple tuple =
		SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(column), BoolGetDatum(false));
	AttStatsSlot slot;
	bool correlated = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_CORRELATION, InvalidOid, ATTSTATSSLOT_NUMBERS))
	{
		correlated = slot.nnumbers == 1 && fabs(slot.numbers[0]) >= BRIN_CORRELATION;
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return correlated;
}

/* Add the key, unless the list has it. */
static List *
add_key(List *keys, PkWishKey *key)
{
	ListCell *cell;

	foreach (cell, keys)
	{
		PkWishKey *known = (PkWishKey *) lfirst(cell);

		if (strcmp(known->text, key->text) != 0)
			continue;
		known->share = Min(known->share, key->share);
		known->several &= key->several;
		return keys;
	}
	return lappend(keys, key);
}

/* The column that the text is about, if it is one: keys of indexes on it begin with its name. */
static AttrNumber
column_of(const PkCollector *collector, Node *clause)
{
	PkClause taken;

	pk_clause_take(clause, collector->table, &taken);
	if (taken.compared == NULL || !IsA(taken.compared, Var))
		return InvalidAttrNumber;
	return ((Var *) taken.compared)->varattno;
}

static List *
add_texts(const PkCollector *collector, List *keys, List *texts, RestrictInfo *info, double share)
{
	AttrNumber column = column_of(collector, (Node *) info->clause);
	bool constant = !contain_mutable_functions((Node *) info->clause) &&
					bms_membership(pull_varnos(collector->root, (Node *) info->clause)) == BMS_SINGLETON;
	PkClause taken;
	ListCell *cell;

	pk_clause_take((Node *) info->clause, collector->table, &taken);
	constant &= taken.value == NULL || IsA(taken.value, Const);
	foreach (cell, texts)
	{
		PkWishKey *key = palloc0(sizeof(PkWishKey));

		key->text = lfirst(cell);
		key->share = share;
		key->several = taken.form == PK_CLAUSE_ANY;
		if (column > 0 && list_length(texts) == 1)
		{
			key->column = quoted_column(collector->table.relid, column);
			key->correlated = is_correlated(collector->table.relid, column);
		}
		if (constant)
			key->predicate = pk_keys_text(collector->table, (Node *) info->clause);
		keys = add_key(keys, key);
	}
	return keys;
}

static List *
append_texts(List *texts, List *more)
{
	ListCell *cell;

	foreach (cell, more)
	{
		texts = pk_keys_append(texts, lfirst(cell));
	}
	return texts;
}

/* A condition that no index serves, but that can be an index's predicate. */
static void
add_predicate(const PkCollector *collector, RestrictInfo *info, double share)
{
	PkWish *wish = collector->wish;
	PkWishKey *key;
	PkClause taken;

	pk_clause_take((Node *) info->clause, collector->table, &taken);
	if (taken.compared == NULL || !IsA(taken.compared, Var) || contain_mutable_functions((Node *) info->clause) ||
		(taken.value != NULL && !IsA(taken.value, Const)))
		return;
	key = palloc0(sizeof(PkWishKey));
	key->predicate = pk_keys_text(collector->table, (Node *) info->clause);
	key->text = key->predicate;
	key->share = share;
	key->is_predicate = true;
	wish->equal = add_key(wish->equal, key);
}

/* A condition on the table alone. */
static void
add_restriction(const PkCollector *collector, RestrictInfo *info)
{
	PkWish *wish = collector->wish;
	PkKeys keys = {.table = collector->table};
	double share = clause_selectivity(collector->root, (Node *) info, 0, JOIN_INNER, NULL);

	if (info->pseudoconstant)
		return;
	pk_keys_add_clause(&keys, (Node *) info->clause);
	if (keys.equal == NIL && keys.range == NIL && keys.separate == NIL && keys.together == NIL)
		add_predicate(collector, info, share);
	wish->equal = add_texts(collector, wish->equal, keys.equal, info, share);
	wish->range = add_texts(collector, wish->range, keys.range, info, share);
	wish->separate = append_texts(wish->separate, keys.separate);
	if (wish->together == NIL)
		wish->together = keys.together;
}

/* A condition that compares the table's columns with another table's. */
static void
add_join_condition(const PkCollector *collector, RestrictInfo *info)
{
	PkWish *wish = collector->wish;
	PkKeys keys = {.table = collector->table};

	pk_keys_add_clause(&keys, (Node *) info->clause);
	wish->join = add_texts(collector, wish->join, keys.equal, info, 0);
	wish->range = add_texts(collector, wish->range, keys.range, info, 1);
	wish->separate = append_texts(wish->separate, keys.separate);
}

/* The expression of the table that the planner knows to be equal to others; or NULL. */
static Node *
member_of(const PkCollector *collector, EquivalenceClass *class, EquivalenceMember **member)
{
	ListCell *cell;

	foreach (cell, class->ec_members)
	{
		EquivalenceMember *candidate = (EquivalenceMember *) lfirst(cell);
		Node *node;

		if (candidate->em_is_const || candidate->em_is_child ||
			!bms_equal(candidate->em_relids, collector->rel->relids))
			continue;
		node = pk_clause_strip((Node *) candidate->em_expr);
		*member = candidate;
		return node;
	}
	return NULL;
}

/* Equality with other tables' columns. */
static void
add_equivalence(const PkCollector *collector, EquivalenceClass *class)
{
	const PkKeys keys = {.table = collector->table};
	EquivalenceMember *member;
	Node *node;
	PkWishKey *key;
	Oid family;
	Oid opno;

	if (class->ec_has_const || class->ec_has_volatile || bms_membership(class->ec_relids) != BMS_MULTIPLE ||
		!bms_is_subset(collector->rel->relids, class->ec_relids))
		return;
	node = member_of(collector, class, &member);
	if (node == NULL || !pk_keys_is_key(collector->table, node) || pk_clause_is_implicit_cast(node))
		return;
	family = linitial_oid(class->ec_opfamilies);
	opno = get_opfamily_member(family, member->em_datatype, member->em_datatype, BTEqualStrategyNumber);
	key = palloc0(sizeof(PkWishKey));
	key->text = OidIsValid(opno) ? pk_keys_btree_text(&keys, node, opno, class->ec_collation) : NULL;
	if (key->text == NULL)
		return;
	if (IsA(node, Var))
		key->column = quoted_column(collector->table.relid, ((Var *) node)->varattno);
	collector->wish->join = add_key(collector->wish->join, key);
}

/* The key as an index orders by it; an index is read in either direction. */
static char *
ordered_text(char *text, bool descending, bool nulls_first)
{
	if (nulls_first != descending)
		return psprintf("%s%s NULLS %s", text, descending ? " DESC" : "", nulls_first ? "FIRST" : "LAST");
	return descending ? psprintf("%s DESC", text) : text;
}

/* The order that is wanted, up to the first key that is not of the table. */
static void
add_order(const PkCollector *collector, List *pathkeys)
{
	const PkKeys keys = {.table = collector->table};
	PkWish *wish = collector->wish;
	bool backwards = false;
	ListCell *cell;

	foreach (cell, pathkeys)
	{
		PathKey *pathkey = (PathKey *) lfirst(cell);
		EquivalenceMember *member;
		Node *node = member_of(collector, pathkey->pk_eclass, &member);
		bool descending = pk_compat_pathkey_descends(pathkey);
		char *text = NULL;
		Oid opno;

		if (node == NULL)
			return;
		/* the distance from something */
		if (foreach_current_index(cell) == 0 && IsA(node, OpExpr) && list_length(((OpExpr *) node)->args) == 2)
		{
			Node *key = pk_clause_strip(linitial(((OpExpr *) node)->args));
			char *tail = pk_keys_is_key(collector->table, key)
							 ? pk_keys_order_text(collector->table, key, ((OpExpr *) node)->opno)
							 : NULL;

			if (tail != NULL)
			{
				wish->separate = pk_keys_append(wish->separate, tail);
				return;
			}
		}
		opno = get_opfamily_member(pathkey->pk_opfamily, member->em_datatype, member->em_datatype,
								   BTLessStrategyNumber);
		if (pk_keys_is_key(collector->table, node) && OidIsValid(opno))
			text = pk_keys_btree_text(&keys, node, opno, pathkey->pk_eclass->ec_collation);
		if (text == NULL)
			return;
		if (foreach_current_index(cell) == 0)
			backwards = descending;
		wish->order = pk_keys_append(
			wish->order, ordered_text(text, descending ^ backwards, pathkey->pk_nulls_first ^ backwards));
	}
}

/* Columns that were not dropped. */
static int
count_columns(Oid relid)
{
	Relation relation = relation_open(relid, NoLock); /* the planner has locked it */
	TupleDesc columns = RelationGetDescr(relation);
	int count = 0;

	for (int i = 0; i < columns->natts; i++)
		count += !TupleDescAttr(columns, i)->attisdropped;
	relation_close(relation, NoLock);
	return count;
}

/* Are there few columns, and few bytes of data in a row? */
static bool
is_narrow(const PkCollector *collector)
{
	int32 width = get_relation_data_width(collector->table.relid, NULL);

	return count_columns(collector->table.relid) <= NARROW_COLUMNS && width > 0 && width <= NARROW_BYTES;
}

/* All columns that the query needs of the table, unless they are all of it. */
static void
add_columns(const PkCollector *collector)
{
	RelOptInfo *rel = collector->rel;
	Bitmapset *needed = NULL;
	ListCell *cell;
	int column = -1;

	foreach (cell, rel->baserestrictinfo)
	{
		pull_varattnos((Node *) ((RestrictInfo *) lfirst(cell))->clause, rel->relid, &needed);
	}
	for (int attno = rel->min_attr; attno <= rel->max_attr; attno++)
	{
		if (!bms_is_empty(rel->attr_needed[attno - rel->min_attr]))
			needed = bms_add_member(needed, attno - FirstLowInvalidHeapAttributeNumber);
	}
	if (bms_num_members(needed) > MAX_COVERED ||
		(bms_num_members(needed) >= count_columns(collector->table.relid) && !is_narrow(collector)))
		return;
	while ((column = bms_next_member(needed, column)) >= 0)
	{
		AttrNumber attno = column + FirstLowInvalidHeapAttributeNumber;

		/* the whole row, or a system column */
		if (attno <= 0)
		{
			collector->wish->columns = NIL;
			return;
		}
		collector->wish->columns =
			lappend(collector->wish->columns, quoted_column(collector->table.relid, attno));
	}
}

static int
compare_shares(const ListCell *a, const ListCell *b)
{
	double share_a = ((PkWishKey *) lfirst(a))->share;
	double share_b = ((PkWishKey *) lfirst(b))->share;

	return share_a < share_b ? -1 : share_a > share_b ? 1
													  : 0;
}

/* A table of the system or of an extension, perfkit's own included: its indexes are its maker's. */
static bool
is_of_others(Oid relid)
{
	return IsCatalogRelationOid(relid) || OidIsValid(getExtensionOfObject(RelationRelationId, relid));
}

void
pk_wishes_observe(PlannerInfo *root, RelOptInfo *rel, void *arg)
{
	PkWishes *wishes = (PkWishes *) arg;
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	PkCollector collector = {.root = root, .rel = rel, .table = {rel->relid, rte->relid}};
	MemoryContext caller;
	ListCell *cell;

	if (rel->reloptkind != RELOPT_BASEREL || rte->rtekind != RTE_RELATION || is_of_others(rte->relid) ||
		(rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW &&
		 rte->relkind != RELKIND_PARTITIONED_TABLE))
		return;
	caller = MemoryContextSwitchTo(wishes->context);
	collector.wish = palloc0(sizeof(PkWish));
	collector.wish->query = wishes->query;
	collector.wish->relid = rte->relid;
	foreach (cell, rel->baserestrictinfo)
	{
		add_restriction(&collector, lfirst_node(RestrictInfo, cell));
	}
	list_sort(collector.wish->equal, compare_shares);
	list_sort(collector.wish->range, compare_shares);
	foreach (cell, rel->joininfo)
	{
		add_join_condition(&collector, lfirst_node(RestrictInfo, cell));
	}
	foreach (cell, root->eq_classes)
	{
		add_equivalence(&collector, lfirst_node(EquivalenceClass, cell));
	}
	add_order(&collector, root->query_pathkeys);
	add_columns(&collector);
	wishes->wishes = lappend(wishes->wishes, collector.wish);
	MemoryContextSwitchTo(caller);
}
