/*
 * table.c
 *	  A workload's tables: choosing their schema, creating them, and checking existing ones.
 *
 * Tables are created by CREATE TABLE and CREATE INDEX through SPI rather than by catalog functions.
 * So event triggers, default privileges, default_tablespace and so on apply, and the caller owns
 * the tables.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "common/compat.h"
#include "common/extension.h"
#include "seed/table.h"

/* The schema of that name, or the first of the search path: see pk_table_lock_schema(). */
static Oid
find_schema(const char *name)
{
	Oid schema;

	if (name == NULL)
	{
		List *path = fetch_search_path(false);

		if (path == NIL)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA), errmsg("no schema has been selected to seed into"),
							errhint("Pass target_schema, or set search_path to begin with a schema that exists.")));
		schema = linitial_oid(path);
		list_free(path);
		return schema;
	}

	/* the session's own temporary schema, which may have to be created first */
	if (strcmp(name, "pg_temp") == 0)
		return LookupCreationNamespace(name);

	schema = get_namespace_oid(name, true);
	if (OidIsValid(schema) && !pk_compat_schema_allows(schema, GetUserId(), ACL_USAGE))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for schema \"%s\"", name),
						errhint("Run GRANT USAGE, CREATE ON SCHEMA %s TO %s as its owner, or pass another target_schema.",
								quote_identifier(name), quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	schema = LookupExplicitNamespace(name, true);
	if (!OidIsValid(schema))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA), errmsg("schema \"%s\" does not exist", name),
						errhint("Create it with CREATE SCHEMA %s, or pass another target_schema.", quote_identifier(name))));
	return schema;
}

Oid
pk_table_lock_schema(const char *name)
{
	Oid schema = find_schema(name);

	for (;;)
	{
		Oid found = schema;

		/*
		 * This lock on the schema conflicts with itself and with DROP SCHEMA, but not with what
		 * ordinary statements take (CREATE TABLE locks its schema in AccessShare mode).
		 */
		LockDatabaseObject(NamespaceRelationId, found, 0, ShareUpdateExclusiveLock);

		/* having the lock shows what others did before: the name may be another schema's now */
		schema = find_schema(name);
		if (schema == found)
			return schema;
		UnlockDatabaseObject(NamespaceRelationId, found, 0, ShareUpdateExclusiveLock);
	}
}

static void
execute_ddl(const char *command)
{
	int result = SPI_execute(command, false, 0);

	if (result != SPI_OK_UTILITY)
		elog(ERROR, "\"%s\" returned %s", command, SPI_result_code_string(result));
}

/* A column's type as CREATE TABLE has it. */
static char *
declared_type(const PkTable *table, int column, const PkColumnType *type)
{
	if (table->serial != NULL && strcmp(table->columns[column].name, table->serial) == 0)
		return "bigserial";
	return format_type_extended(type->oid, type->typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/* Whether a foreign key can reference the column: a unique index has it as its only key. */
static bool
has_unique_key(Oid relid, AttrNumber column)
{
	Relation rel = relation_open(relid, AccessShareLock);
	List *indexes = RelationGetIndexList(rel);
	ListCell *cell;
	bool found = false;

	foreach (cell, indexes)
	{
		HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
		Form_pg_index index;

		if (!HeapTupleIsValid(tuple))
			continue;
		index = (Form_pg_index) GETSTRUCT(tuple);
		found |= index->indisunique && index->indimmediate && index->indisvalid && index->indnkeyatts == 1 &&
				 index->indkey.values[0] == column && heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
		ReleaseSysCache(tuple);
	}
	list_free(indexes);
	relation_close(rel, AccessShareLock);
	return found;
}

/*
 * Raises an error if the table cannot be created because of a table that it references, and that
 * perfkit did not create.
 */
static void
check_referenced(Oid schema, const PkTable *table, const PkForeignKey *key)
{
	Oid relid = get_relname_relid(key->table, schema);
	AttrNumber column;
	char *relation;

	/* keys of several columns are left to CREATE TABLE */
	column = OidIsValid(relid) ? get_attnum(relid, key->referenced) : InvalidAttrNumber;
	if (column == InvalidAttrNumber)
		return;
	relation = quote_qualified_identifier(get_namespace_name(schema), key->table);
	if (pg_class_aclcheck(relid, GetUserId(), ACL_REFERENCES) != ACLCHECK_OK &&
		pg_attribute_aclcheck(relid, column, GetUserId(), ACL_REFERENCES) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", relation),
				 errdetail("Table \"%s\" has to be created, with a foreign key that references it.", table->name),
				 errhint("Run GRANT REFERENCES ON TABLE %s TO %s as its owner, or pass another target_schema.",
						 relation, quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	if (!has_unique_key(relid, column))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s lacks a unique key on column \"%s\"", relation, key->referenced),
				 errdetail("Table \"%s\" has to be created, with a foreign key that references it.", table->name),
				 errhint("Run ALTER TABLE %s ADD PRIMARY KEY (%s), or pass another target_schema.", relation,
						 quote_identifier(key->referenced))));
}

static void
create_table(Oid schema, const PkTable *table, const PkColumnType *types)
{
	const char *schema_name = get_namespace_name(schema);
	char *relation = quote_qualified_identifier(schema_name, table->name);
	StringInfoData command;

	if (!pk_compat_schema_allows(schema, GetUserId(), ACL_CREATE))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for schema \"%s\"", schema_name),
				 errdetail("Table \"%s\" does not exist there and has to be created.", table->name),
				 errhint("Run GRANT CREATE ON SCHEMA %s TO %s as its owner, or pass another target_schema.",
						 quote_identifier(schema_name), quote_identifier(GetUserNameFromId(GetUserId(), false)))));

	for (int i = 0; i < table->nforeign_keys; i++)
		check_referenced(schema, table, &table->foreign_keys[i]);

	initStringInfo(&command);
	appendStringInfo(&command, "CREATE TABLE %s (", relation);
	for (int i = 0; i < table->ncolumns; i++)
	{
		const PkColumn *column = &table->columns[i];

		appendStringInfo(&command, "%s%s %s %s", i == 0 ? "" : ", ", quote_identifier(column->name),
						 declared_type(table, i, &types[i]), column->suffix);
	}
	for (int i = 0; table->constraints[i] != NULL; i++)
		appendStringInfo(&command, ", %s", table->constraints[i]);
	for (int i = 0; i < table->nforeign_keys; i++)
	{
		const PkForeignKey *key = &table->foreign_keys[i];

		appendStringInfo(&command, ", FOREIGN KEY (%s) REFERENCES %s (%s)", key->columns,
						 quote_qualified_identifier(schema_name, key->table), key->referenced);
	}
	appendStringInfoChar(&command, ')');
	execute_ddl(command.data);

	for (int i = 0; i < table->nindexes; i++)
	{
		const PkIndex *index = &table->indexes[i];

		resetStringInfo(&command);
		appendStringInfo(&command, "CREATE INDEX %s ON %s USING %s (%s", quote_identifier(index->name), relation,
						 index->method, index->keys);
		if (index->opclass != NULL)
		{
			const char *opclass_schema = index->extension != NULL ? pk_extension_schema(index->extension) : "pg_catalog";

			appendStringInfo(&command, " %s", quote_qualified_identifier(opclass_schema, index->opclass));
		}
		appendStringInfoChar(&command, ')');
		execute_ddl(command.data);
	}
}

/*
 * Raises an error if the current user may not insert into any column. (Whether all the needed
 * columns are among the permitted ones is checked by INSERT.)
 */
static void
check_privilege(Oid relid, const char *schema_name)
{
	char relkind = get_rel_relkind(relid);
	char *relation;

	/* what is no table at all is reported by check_relation() */
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_FOREIGN_TABLE)
		return;
	if (pg_class_aclcheck(relid, GetUserId(), ACL_INSERT) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relid, GetUserId(), ACL_INSERT, ACLMASK_ANY) == ACLCHECK_OK)
		return;

	relation = quote_qualified_identifier(schema_name, get_rel_name(relid));
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for table %s", relation),
					errhint("Run GRANT SELECT, INSERT ON TABLE %s TO %s as its owner, or pass another target_schema.",
							relation, quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/* Raises an error unless the workload can fill the existing relation. */
static void
check_relation(Relation rel, const PkTable *table, const PkColumnType *types)
{
	TupleDesc desc = RelationGetDescr(rel);
	char relkind = rel->rd_rel->relkind;
	char *relation = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												RelationGetRelationName(rel));

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s is not a table", relation),
						errhint("Rename it, or pass another target_schema.")));

	for (int i = 0; i < table->ncolumns; i++)
	{
		const PkColumn *column = &table->columns[i];
		AttrNumber attnum = get_attnum(RelationGetRelid(rel), column->name);
		Form_pg_attribute attribute;

		if (attnum <= 0)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("table %s lacks column \"%s\"", relation, column->name),
							errdetail("It was not created by perfkit, and was not changed."),
							errhint("Rename or drop it, add the column, or pass another target_schema.")));

		attribute = TupleDescAttr(desc, attnum - 1);
		if (attribute->attgenerated != '\0' || attribute->attidentity == ATTRIBUTE_IDENTITY_ALWAYS)
			ereport(ERROR, (errcode(ERRCODE_GENERATED_ALWAYS),
							errmsg("column \"%s\" of table %s is generated and cannot be filled", column->name, relation),
							errhint("Make it an ordinary column, or pass another target_schema.")));
		if (!can_coerce_type(1, (Oid *) &types[i].oid, &attribute->atttypid, COERCION_ASSIGNMENT))
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("column \"%s\" of table %s is of type %s, which cannot hold %s", column->name, relation,
								   format_type_be(attribute->atttypid), format_type_be(types[i].oid)),
							errhint("Rename or drop the table, or pass another target_schema.")));
	}
}

Relation
pk_table_open(Oid schema, const PkTable *table, const PkColumnType *types, LOCKMODE mode)
{
	Relation rel;
	Oid relid;

	for (;;)
	{
		relid = get_relname_relid(table->name, schema);
		if (!OidIsValid(relid))
		{
			create_table(schema, table, types);
			return relation_open(get_relname_relid(table->name, schema), mode);
		}

		/* before the lock: a user who may not insert must not block those who may */
		check_privilege(relid, get_namespace_name(schema));
		rel = try_relation_open(relid, mode);
		if (rel == NULL)
			continue; /* dropped while we waited */
		if (get_relname_relid(table->name, schema) == relid)
			break;
		relation_close(rel, mode); /* renamed or moved while we waited */
	}

	/* what is checked here remains true as long as the lock is held */
	check_relation(rel, table, types);
	return rel;
}

void
pk_table_attnums(Relation rel, const PkTable *table, AttrNumber *attnums)
{
	for (int i = 0; i < table->ncolumns; i++)
		attnums[i] = get_attnum(RelationGetRelid(rel), table->columns[i].name);
}
