/*
 * foreign_keys.c
 *	  Foreign keys of a table that is loaded without firing its triggers.
 *
 * The triggers say which constraints INSERT would check: a constraint that is NOT ENFORCED has
 * none. RI_Initial_Check() runs the join as the current user and with the latest snapshot, while
 * the triggers run as the owner of the referenced table and with the transaction's snapshot. Where
 * that could make a difference there is an obstacle. Code of that owner must not run as the current
 * user, either: planning evaluates functions in predicates and expressions of indexes and
 * statistics, and in CHECK constraints.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_statistic_ext.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "common/own_statement.h"
#include "seed/foreign_keys.h"

/* What RI_Initial_Check()'s query begins with. */
#define JOIN_BEGINNING "SELECT fk."

bool
pk_is_foreign_key_trigger(const Trigger *trigger)
{
	return trigger->tgfoid == F_RI_FKEY_CHECK_INS && trigger->tgisinternal && OidIsValid(trigger->tgconstraint);
}

/* Whether the current user may read these columns, by a privilege on the table or on each. */
static bool
may_read(Oid relid, const AttrNumber *columns, int ncolumns)
{
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < ncolumns; i++)
	{
		if (pg_attribute_aclcheck(relid, columns[i], GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/*
 * Whether the current user could lock the table by ALTER TABLE ... ADD FOREIGN KEY: nobody else
 * must be able to keep its writers waiting.
 */
static bool
may_reference(Oid relid, const AttrNumber *columns, int ncolumns)
{
	if (pg_class_aclcheck(relid, GetUserId(), ACL_REFERENCES) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < ncolumns; i++)
	{
		if (pg_attribute_aclcheck(relid, columns[i], GetUserId(), ACL_REFERENCES) != ACLCHECK_OK)
			return false;
	}
	return true;
}

/* Whether any of the objects has an expression; columns 0 stand for none. */
static bool
has_expressions(int cache, List *objects, AttrNumber first, AttrNumber second)
{
	ListCell *cell;

	foreach (cell, objects)
	{
		HeapTuple tuple = SearchSysCache1(cache, ObjectIdGetDatum(lfirst_oid(cell)));
		bool found;

		if (!HeapTupleIsValid(tuple))
			continue;
		found = !heap_attisnull(tuple, first, NULL) || (second != 0 && !heap_attisnull(tuple, second, NULL));
		ReleaseSysCache(tuple);
		if (found)
			return true;
	}
	return false;
}

/*
 * Whether planning a query on the table could run code of its owner's with privileges that the
 * owner lacks.
 */
static bool
has_foreign_expressions(Relation rel)
{
	const TupleConstr *constraints = RelationGetDescr(rel)->constr;

	if (has_privs_of_role(rel->rd_rel->relowner, GetUserId()))
		return false;
	return (constraints != NULL && constraints->num_check > 0) ||
		   has_expressions(INDEXRELID, RelationGetIndexList(rel), Anum_pg_index_indexprs, Anum_pg_index_indpred) ||
		   has_expressions(STATEXTOID, RelationGetStatExtList(rel), Anum_pg_statistic_ext_stxexprs, 0);
}

/* What there is against the referenced table that only its relation descriptor shows. */
static const char *
opened_obstacle(Oid relid)
{
	Relation rel = try_relation_open(relid, AccessShareLock);
	const char *obstacle = NULL;

	if (rel == NULL)
		return "a foreign key references a table that was dropped";
	if (has_foreign_expressions(rel))
		obstacle = "a foreign key references another role's table with indexes, statistics or constraints on expressions";

	/*
	 * Rows that another session committed after this transaction's snapshot do not count for
	 * INSERT, and would for the join. A table of this transaction's own has none.
	 */
	else if (IsolationUsesXactSnapshot() && rel->rd_createSubid == InvalidSubTransactionId)
		obstacle = "foreign keys are checked with this transaction's snapshot";
	relation_close(rel, AccessShareLock);
	return obstacle;
}

/* What there is against the referenced table. */
static const char *
referenced_obstacle(Oid relid, const AttrNumber *columns, int ncolumns)
{
	if (get_rel_relkind(relid) != RELKIND_RELATION)
		return "a foreign key references a partitioned table";
	if (!pk_compat_schema_allows(get_rel_namespace(relid), GetUserId(), ACL_USAGE) ||
		!may_read(relid, columns, ncolumns) || !may_reference(relid, columns, ncolumns))
		return "a foreign key references a table without SELECT and REFERENCES privileges on it";
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		return "a foreign key references a table to which row security applies";

	return opened_obstacle(relid);
}

static const char *
constraint_obstacle(Relation rel, const Trigger *trigger)
{
	HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(trigger->tgconstraint));
	const char *obstacle = NULL;
	Oid referenced;
	int ncolumns;
	AttrNumber columns[INDEX_MAX_KEYS];
	AttrNumber referenced_columns[INDEX_MAX_KEYS];
	Oid equality[INDEX_MAX_KEYS];

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", trigger->tgconstraint);
	if (!((Form_pg_constraint) GETSTRUCT(tuple))->convalidated)
		obstacle = "a foreign key is NOT VALID";
	else if (pk_compat_foreign_key_has_period(tuple))
		obstacle = "a foreign key has a period";
	referenced = ((Form_pg_constraint) GETSTRUCT(tuple))->confrelid;
	DeconstructFkConstraintRow(tuple, &ncolumns, columns, referenced_columns, equality, NULL, NULL, NULL, NULL);
	ReleaseSysCache(tuple);

	/* an operator of the table's owner must not run as another user, as it would in the join */
	for (int i = 0; i < ncolumns; i++)
	{
		if (equality[i] >= FirstNormalObjectId)
			return "a foreign key compares by an operator that is not PostgreSQL's own";
	}
	if (obstacle == NULL && !may_read(RelationGetRelid(rel), columns, ncolumns))
		obstacle = "the table may not be read";
	if (obstacle == NULL)
		obstacle = referenced_obstacle(referenced, referenced_columns, ncolumns);
	return obstacle;
}

const char *
pk_foreign_keys_obstacle(Relation rel)
{
	const char *obstacle = NULL;

	for (int i = 0; obstacle == NULL && rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		/* looking at catalogs can replace the descriptor */
		Trigger trigger = rel->trigdesc->triggers[i];

		if (!pk_is_foreign_key_trigger(&trigger))
			continue;
		if (trigger.tgenabled != TRIGGER_FIRES_ON_ORIGIN)
			return "the trigger of a foreign key was disabled, or enabled in another way";
		if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
			return "this session does not check foreign keys";
		/* the transaction may make up for a violation before it is checked */
		if (trigger.tgdeferrable)
			return "a foreign key is deferrable";
		obstacle = constraint_obstacle(rel, &trigger);
	}
	return obstacle;
}

List *
pk_foreign_keys_referenced(Relation rel)
{
	List *referenced = NIL;

	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (pk_is_foreign_key_trigger(trigger) && trigger->tgconstrrelid != RelationGetRelid(rel))
			referenced = list_append_unique_oid(referenced, trigger->tgconstrrelid);
	}
	list_sort(referenced, list_oid_cmp);
	return referenced;
}

int
pk_foreign_keys_count(Relation rel)
{
	int count = 0;

	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
		count += pk_is_foreign_key_trigger(&rel->trigdesc->triggers[i]);
	return count;
}

typedef struct Validation
{
	Trigger trigger;
	Relation rel;
	Relation referenced;
} Validation;

static void
validate(void *arg)
{
	Validation *validation = arg;

	/* the lock keeps new indexes out, but they may have come before it */
	if (has_foreign_expressions(validation->referenced) ||
		!RI_Initial_Check(&validation->trigger, validation->rel, validation->referenced))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("foreign key \"%s\" of table \"%s\" could not be validated",
							   get_constraint_name(validation->trigger.tgconstraint),
							   RelationGetRelationName(validation->rel)),
						errdetail("Privileges or definitions of the tables changed during the load."),
						errhint("Run the statement again.")));
}

void
pk_foreign_keys_validate(Relation rel)
{
	int ntriggers = rel->trigdesc != NULL ? rel->trigdesc->numtriggers : 0;
	Trigger *triggers = palloc(sizeof(Trigger) * ntriggers);

	/* a query can replace the descriptor, but the constraints remain as long as the lock is held */
	if (ntriggers > 0)
		memcpy(triggers, rel->trigdesc->triggers, sizeof(Trigger) * ntriggers);
	for (int i = 0; i < ntriggers; i++)
	{
		Validation validation = {.trigger = triggers[i], .rel = rel};

		if (!pk_is_foreign_key_trigger(&triggers[i]))
			continue;
		CHECK_FOR_INTERRUPTS();
		validation.trigger.tgname = get_constraint_name(triggers[i].tgconstraint);
		/* locked already, unless a trigger added the constraint during the load */
		validation.referenced = table_open(triggers[i].tgconstrrelid, PK_REFERENCED_LOCK);
		pk_own_call(JOIN_BEGINNING, validate, &validation);
		table_close(validation.referenced, NoLock);
	}
	pfree(triggers);
}
