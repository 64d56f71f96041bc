/*
 * shipping.c
 *	  Conditions on foreign tables that are not sent to their server.
 *
 * A foreign-data wrapper sends what it knows to mean the same on the other side. The rest is a
 * filter of the ForeignScan, for which all rows are fetched. Which ones these are is in the plan;
 * why is the wrapper's secret. postgres_fdw's rules are documented: only what is built in or of an
 * extension that the server's option "extensions" names, only what is immutable, only a few kinds
 * of expressions, and no collation that is not the column's. Of other wrappers just the fact is
 * told.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "foreign/foreign.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/ruleutils.h"
#include "utils/varlena.h"

#include "common/catalog.h"
#include "causes/inquiry.h"
#include "causes/shipping.h"
#include "plan/deparse.h"

/* Why a condition stays, in the order in which reasons are told. */
typedef struct PkReasons
{
	List *extensions; /* names, that the server is known to have */
	Node *mutable;	  /* the largest part without columns that is not immutable, or with them */
	bool volatile_;
	char *object; /* what is not built in, nor of one of the extensions */
	char *extension;
	char *construct;
	Oid collation; /* that the condition compares by, and is not the column's */
	Oid other_collation;
} PkReasons;

/* Note an object that the server may not have. */
static void
note_object(PkReasons *reasons, Oid class, Oid id, char *description)
{
	Oid extension;

	if (id < FirstGenbkiObjectId || reasons->object != NULL)
		return;
	extension = getExtensionOfObject(class, id);
	if (OidIsValid(extension))
	{
		char *name = get_extension_name(extension);
		ListCell *cell;

		foreach (cell, reasons->extensions)
		{
			if (name != NULL && strcmp(lfirst(cell), name) == 0)
				return;
		}
		reasons->extension = name;
	}
	reasons->object = description;
}

static void
note_function(PkReasons *reasons, Oid function)
{
	note_object(reasons, ProcedureRelationId, function, psprintf("Function %s", format_procedure(function)));
}

static void
note_operator(PkReasons *reasons, Oid operator)
{
	note_object(reasons, OperatorRelationId, operator, psprintf("Operator %s", format_operator(operator)));
}

/* What postgres_fdw has no words for; NULL for other nodes. */
static char *
construct_of(Node *node)
{
	switch (nodeTag(node))
	{
		case T_CoalesceExpr:
			return "COALESCE";
		case T_MinMaxExpr:
			return ((MinMaxExpr *) node)->op == IS_GREATEST ? "GREATEST" : "LEAST";
		case T_NullIfExpr:
			return "NULLIF";
		case T_BooleanTest:
			return "IS [NOT] TRUE, FALSE or UNKNOWN";
		case T_RowCompareExpr:
		case T_RowExpr:
			return "A comparison of rows";
		case T_SubPlan:
		case T_AlternativeSubPlan:
			return "A subquery";
		case T_CoerceViaIO:
			return psprintf("A cast to %s by way of text", format_type_be(((CoerceViaIO *) node)->resulttype));
		case T_XmlExpr:
		case T_FieldSelect:
		case T_ConvertRowtypeExpr:
			return "This kind of expression";
		default:
			return NULL;
	}
}

static bool
look(Node *node, void *arg)
{
	PkReasons *reasons = (PkReasons *) arg;

	if (node == NULL)
		return false;
	/* The outermost part without columns can be computed before it is sent. */
	if (reasons->mutable == NULL && !contain_var_clause(node) && contain_mutable_functions(node))
		reasons->mutable = node;
	if (IsA(node, FuncExpr))
		note_function(reasons, ((FuncExpr *) node)->funcid);
	else if (IsA(node, OpExpr) || IsA(node, DistinctExpr))
		note_operator(reasons, ((OpExpr *) node)->opno);
	else if (IsA(node, ScalarArrayOpExpr))
		note_operator(reasons, ((ScalarArrayOpExpr *) node)->opno);
	else if (reasons->construct == NULL && !IsA(node, List))
		reasons->construct = construct_of(node);
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan) || IsA(node, List))
		return IsA(node, List) ? expression_tree_walker(node, look, arg) : false;
	if (IsA(node, CollateExpr))
		reasons->collation = ((CollateExpr *) node)->collOid;
	if (expression_tree_walker(node, look, arg))
		return true;
	/* Inner objects first: a value of an extension's type is no more than its operator's. */
	note_object(reasons, TypeRelationId, exprType(node), psprintf("Type %s", format_type_be(exprType(node))));
	return false;
}

/* The part that is not immutable, if none such is free of columns: the innermost call. */
static bool
look_mutable(Node *node, void *arg)
{
	PkReasons *reasons = (PkReasons *) arg;

	if (node == NULL || reasons->mutable != NULL || !contain_mutable_functions(node))
		return false;
	(void) expression_tree_walker(node, look_mutable, arg);
	if (reasons->mutable == NULL && !IsA(node, List))
		reasons->mutable = node;
	return false;
}

/* A comparison whose collation is neither the default nor that of a column in it. */
static bool
look_collation(Node *node, void *arg)
{
	PkReasons *reasons = (PkReasons *) arg;

	if (node == NULL || OidIsValid(reasons->other_collation))
		return false;
	if (IsA(node, OpExpr) || IsA(node, ScalarArrayOpExpr))
	{
		Oid collation = exprInputCollation(node);
		List *columns =
			pull_var_clause(node, PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS);
		ListCell *cell;

		foreach (cell, columns)
		{
			Oid own = exprCollation(lfirst(cell));

			if (OidIsValid(collation) && OidIsValid(own) && own != collation)
			{
				reasons->collation = own;
				reasons->other_collation = collation;
				return false;
			}
		}
	}
	return expression_tree_walker(node, look_collation, arg);
}

/* The extensions that the server's option names; "option" is set to its text. */
static List *
server_extensions(ForeignServer *server, char **option)
{
	List *names = NIL;
	ListCell *cell;

	*option = NULL;
	foreach (cell, server->options)
	{
		DefElem *def = lfirst_node(DefElem, cell);

		if (strcmp(def->defname, "extensions") != 0)
			continue;
		*option = defGetString(def);
		if (!SplitIdentifierString(pstrdup(*option), ',', &names))
			names = NIL;
	}
	return names;
}

/* The condition with "part" as a subquery, whose value postgres_fdw sends as a parameter. */
static char *
as_subquery(const char *condition, const char *part)
{
	const char *found = strstr(condition, part);

	if (found == NULL)
		return NULL;
	return psprintf("%.*s(SELECT %s)%s", (int) (found - condition), condition, part, found + strlen(part));
}

/* Why the condition stays here; the fields of the finding. */
static void
explain(const PkInquiry *inquiry, ForeignServer *server, Node *condition, PkFinding *finding)
{
	char *option;
	PkReasons reasons = {.extensions = server_extensions(server, &option)};

	(void) look(condition, &reasons);
	if (reasons.object == NULL && reasons.mutable == NULL)
		(void) look_mutable(condition, &reasons);
	if (reasons.mutable != NULL)
	{
		finding->volatility = contain_volatile_functions(reasons.mutable) ? "volatile" : "stable";
		if (OidIsValid(finding->relid))
			finding->expression = pk_inquiry_condition(inquiry, reasons.mutable);
		if (finding->expression != NULL && !contain_var_clause(reasons.mutable))
		{
			finding->remedy_sql = as_subquery(finding->condition, finding->expression);
			finding->unproven = "the query was not planned with it";
		}
	}
	else if (reasons.extension != NULL)
	{
		finding->object = reasons.object;
		finding->extension = reasons.extension;
		finding->remedy_sql =
			psprintf("ALTER SERVER %s OPTIONS (%s extensions %s)", quote_identifier(server->servername),
					 option != NULL ? "SET" : "ADD",
					 quote_literal_cstr(option != NULL && *option != '\0'
											? psprintf("%s,%s", option, quote_identifier(reasons.extension))
											: quote_identifier(reasons.extension)));
		finding->unproven = "whether the remote server has the extension is not known here";
	}
	else if (reasons.object != NULL)
		finding->object = reasons.object;
	else if (reasons.construct != NULL)
		finding->construct = reasons.construct;
	else
	{
		(void) look_collation(condition, &reasons);
		if (OidIsValid(reasons.other_collation))
		{
			finding->collation = generate_collation_name(reasons.collation);
			finding->other_collation = generate_collation_name(reasons.other_collation);
		}
	}
}

static bool
is_postgres_fdw(ForeignServer *server)
{
	Oid handler = GetForeignDataWrapper(server->fdwid)->fdwhandler;
	char *name = OidIsValid(handler) ? get_func_name(handler) : NULL;

	return name != NULL && strcmp(name, "postgres_fdw_handler") == 0;
}

List *
pk_shipping_find(const PkFailure *failure)
{
	const PkPlanNode *node = failure->scan;
	ForeignScan *scan = castNode(ForeignScan, node->plan);
	bool single = scan->scan.scanrelid > 0 && OidIsValid(node->relid);
	PkInquiry inquiry = {.failure = failure};
	ForeignServer *server;
	ListCell *cell;

	if (node->plan->qual == NIL || !OidIsValid(scan->fs_server))
		return NIL;
	server = GetForeignServer(scan->fs_server);
	if (single)
		pk_inquiry_begin(&inquiry, failure, node);
	foreach (cell, node->plan->qual)
	{
		PkFinding *finding = single ? pk_inquiry_make(&inquiry, PK_CAUSE_NOT_SHIPPED)
									: pk_finding_make(PK_CAUSE_NOT_SHIPPED, InvalidOid);

		finding->node_id = node->node_id;
		finding->cost = failure->tree->root->plan->total_cost;
		finding->server = server->servername;
		/* Above a join that is sent, columns are those of its result. */
		finding->condition =
			single ? pk_inquiry_condition(&inquiry, lfirst(cell)) : pk_inquiry_filter(&inquiry, node);
		if (is_postgres_fdw(server))
			explain(&inquiry, server, lfirst(cell), finding);
		pk_inquiry_add(&inquiry, finding);
		if (!single)
			break;
	}
	return inquiry.findings;
}
