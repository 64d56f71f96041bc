/*
 * shape.c
 *	  A plan without its numbers: what stays the same between runs, machines and servers.
 *
 * A shape has what determines how a plan performs: node types with their strategies and join types,
 * relations and indexes. It has no costs, estimates, conditions, sort keys or aliases, which change
 * with the data, the version of the server or the wording of the query. The words are those of
 * EXPLAIN's text format.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "nodes/extensible.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "common/arguments.h"
#include "common/catalog.h"
#include "plan/shape.h"

PG_FUNCTION_INFO_V1(perfkit_plan_shape);
PG_FUNCTION_INFO_V1(perfkit_plan_hash);

/* Bytes of the SHA-256: enough to tell plans apart, short enough to read. */
#define HASH_BYTES 8

static const char *
agg_name(const Agg *agg)
{
	switch (agg->aggstrategy)
	{
		case AGG_SORTED:
			return "GroupAggregate";
		case AGG_HASHED:
			return "HashAggregate";
		case AGG_MIXED:
			return "MixedAggregate";
		default:
			return "Aggregate";
	}
}

static const char *
setop_name(const SetOp *setop)
{
	switch (setop->cmd)
	{
		case SETOPCMD_INTERSECT:
			return "Intersect";
		case SETOPCMD_INTERSECT_ALL:
			return "Intersect All";
		case SETOPCMD_EXCEPT:
			return "Except";
		default:
			return "Except All";
	}
}

static const char *
command_name(CmdType command)
{
	switch (command)
	{
		case CMD_INSERT:
			return "Insert";
		case CMD_UPDATE:
			return "Update";
		case CMD_DELETE:
			return "Delete";
		default:
			return "Merge";
	}
}

/* The node's type, as far as it belongs to the shape. */
static void
append_type(StringInfo out, const PkPlanNode *node)
{
	Plan *plan = node->plan;

	if (plan->parallel_aware)
		appendStringInfoString(out, "Parallel ");

	switch (nodeTag(plan))
	{
		case T_Agg:
			if (DO_AGGSPLIT_SKIPFINAL(((Agg *) plan)->aggsplit))
				appendStringInfoString(out, "Partial ");
			else if (DO_AGGSPLIT_COMBINE(((Agg *) plan)->aggsplit))
				appendStringInfoString(out, "Finalize ");
			appendStringInfoString(out, agg_name((Agg *) plan));
			break;
		case T_SetOp:
			appendStringInfo(out, "%s %s",
							 ((SetOp *) plan)->strategy == SETOP_HASHED ? "HashSetOp" : "SetOp",
							 setop_name((SetOp *) plan));
			break;
		case T_ModifyTable:
			appendStringInfoString(out, command_name(((ModifyTable *) plan)->operation));
			break;
		case T_ForeignScan:
			if (((ForeignScan *) plan)->operation == CMD_SELECT)
				appendStringInfoString(out, node->node_type);
			else
				appendStringInfo(out, "Foreign %s",
								 command_name(((ForeignScan *) plan)->operation));
			break;
		case T_CustomScan:
			appendStringInfo(out, "%s (%s)", node->node_type,
							 ((CustomScan *) plan)->methods->CustomName);
			break;
		case T_NestLoop:
			appendStringInfoString(out, node->node_type);
			if (((Join *) plan)->jointype != JOIN_INNER)
				appendStringInfo(out, " %s Join", node->join_type);
			break;
		case T_HashJoin:
		case T_MergeJoin:
			appendStringInfoString(out, IsA(plan, HashJoin) ? "Hash " : "Merge ");
			if (((Join *) plan)->jointype != JOIN_INNER)
				appendStringInfo(out, "%s ", node->join_type);
			appendStringInfoString(out, "Join");
			break;
		default:
			appendStringInfoString(out, node->node_type);
	}
}

/* What a scan reads that is not of a table; NULL if it only has an alias. */
static const char *
other_target(const PkPlanTree *tree, const PkPlanNode *node)
{
	RangeTblEntry *rte = pk_plan_target(tree, node);

	if (rte == NULL)
		return NULL;
	if (rte->rtekind == RTE_CTE)
		return quote_identifier(rte->ctename);
	if (IsA(node->plan, FunctionScan) && list_length(((FunctionScan *) node->plan)->functions) == 1)
	{
		RangeTblFunction *function = linitial(((FunctionScan *) node->plan)->functions);

		if (IsA(function->funcexpr, FuncExpr))
			return quote_identifier(get_func_name(((FuncExpr *) function->funcexpr)->funcid));
	}
	return NULL;
}

void
pk_shape_append_node(StringInfo out, const PkPlanTree *tree, const PkPlanNode *node)
{
	const char *target;

	if (node->subplan != NULL)
	{
		/*
		 * Servers differ in the names of subplans, but a CTE is named in the query; up to 18,
		 * plan_name has "CTE" in front.
		 */
		if (node->subplan->subLinkType == CTE_SUBLINK)
		{
			const char *name = node->subplan->plan_name;

			appendStringInfo(out, "CTE %s: ", strncmp(name, "CTE ", 4) == 0 ? name + 4 : name);
		}
		else
			appendStringInfo(out, "%s: ", node->relationship);
	}
	append_type(out, node);

	if (IsA(node->plan, BitmapIndexScan))
		appendStringInfo(out, " on %s", quote_identifier(pk_index_name(node->indexid)));
	else if (OidIsValid(node->indexid))
	{
		ScanDirection direction = IsA(node->plan, IndexScan)
									  ? ((IndexScan *) node->plan)->indexorderdir
									  : ((IndexOnlyScan *) node->plan)->indexorderdir;

		appendStringInfo(out, "%s using %s", ScanDirectionIsBackward(direction) ? " Backward" : "",
						 quote_identifier(pk_index_name(node->indexid)));
	}

	target = OidIsValid(node->relid) ? pk_quoted_relation_name(node->relid) : other_target(tree, node);
	if (target != NULL)
		appendStringInfo(out, " on %s", target);
}

char *
pk_shape_of_plan(const PkPlanTree *tree, int indent)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < tree->count; i++)
	{
		const PkPlanNode *node = &tree->nodes[i];

		if (i > 0)
			appendStringInfoChar(&out, '\n');
		appendStringInfoSpaces(&out, 2 * (indent + node->depth));
		pk_shape_append_node(&out, tree, node);
	}
	return out.data;
}

/* The shape for the arguments query, generic and size_factor of a SQL function. */
static char *
shape_of_arguments(FunctionCallInfo fcinfo)
{
	PkCaptureOptions options = {0};
	PkCapture capture;
	PkPlanTree tree;
	char *query = pk_arg_query(fcinfo, 0);
	char *shape;

	options.generic = pk_arg_flag(fcinfo, 1, "generic");
	options.what_if.size_factor = pk_arg_factor(fcinfo, 2, "size_factor");
	pk_capture_begin(&capture, query, &options);
	pk_plan_walk(&capture, &tree);
	shape = pk_shape_of_plan(&tree, 0);
	pk_capture_end(&capture);
	return shape;
}

/* perfkit_plan_shape(query text, generic boolean, size_factor float8) -> text */
Datum
perfkit_plan_shape(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(shape_of_arguments(fcinfo)));
}

/* perfkit_plan_hash(query text, generic boolean, size_factor float8) -> text */
Datum
perfkit_plan_hash(PG_FUNCTION_ARGS)
{
	char *shape = shape_of_arguments(fcinfo);
	unsigned char *utf8 =
		pg_do_encoding_conversion((unsigned char *) shape, strlen(shape), GetDatabaseEncoding(), PG_UTF8);
	Datum hash = DirectFunctionCall1(sha256_bytea, PointerGetDatum(cstring_to_text((char *) utf8)));
	uint8 *bytes = (uint8 *) VARDATA_ANY(DatumGetPointer(hash));
	char text[HASH_BYTES * 2 + 1];

	for (int i = 0; i < HASH_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}
