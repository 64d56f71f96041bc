/*
 * compat.h
 *	  Differences between PostgreSQL versions: the only file that names PG_VERSION_NUM.
 *
 * Each difference is a small inline function or macro with one meaning on every server, so that no call site has
 * to know which server it is compiled for. Add the newest spelling's name with the prefix pk_compat_, and state
 * which major changed what.
 */
#ifndef PK_COMMON_COMPAT_H
#define PK_COMMON_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "perfkit needs PostgreSQL 15 or newer"
#endif

#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"

/* 18 lets a module name itself and its version for pg_get_loaded_modules(). */
#if PG_VERSION_NUM >= 180000
#define PK_MODULE_MAGIC(name_, version_) PG_MODULE_MAGIC_EXT(.name = (name_), .version = (version_))
#else
#define PK_MODULE_MAGIC(name_, version_) PG_MODULE_MAGIC
#endif

/* 16 folded the pg_xxx_aclcheck and pg_xxx_ownercheck families into object_aclcheck and object_ownercheck. */
static inline bool
pk_compat_schema_allows(Oid schema, Oid role, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(NamespaceRelationId, schema, role, mode) == ACLCHECK_OK;
#else
	return pg_namespace_aclcheck(schema, role, mode) == ACLCHECK_OK;
#endif
}

static inline bool
pk_compat_owns_relation(Oid relid, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(RelationRelationId, relid, role);
#else
	return pg_class_ownercheck(relid, role);
#endif
}

/* 17 added the statement, for event triggers, as first argument; there is none here. Constraints are always checked. */
static inline void
pk_compat_reindex_index(Oid indexid, ReindexParams *params)
{
	char persistence = get_rel_persistence(indexid);

#if PG_VERSION_NUM >= 170000
	reindex_index(NULL, indexid, false, persistence, params);
#else
	reindex_index(indexid, false, persistence, params);
#endif
}

/* 16 renamed relfilenodes to relfilenumbers. */
static inline void
pk_compat_set_new_relfilenumber(Relation relation, char persistence)
{
#if PG_VERSION_NUM >= 160000
	RelationSetNewRelfilenumber(relation, persistence);
#else
	RelationSetNewRelfilenode(relation, persistence);
#endif
}

/* 19 added flags as a last argument; none are wanted here. */
static inline TableScanDesc
pk_compat_table_beginscan(Relation relation, Snapshot snapshot)
{
#if PG_VERSION_NUM >= 190000
	return table_beginscan(relation, snapshot, 0, NULL, SO_NONE);
#else
	return table_beginscan(relation, snapshot, 0, NULL);
#endif
}

#endif /* PK_COMMON_COMPAT_H */
