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

/* 18 lets a module name itself and its version for pg_get_loaded_modules(). */
#if PG_VERSION_NUM >= 180000
#define PK_MODULE_MAGIC(name_, version_) PG_MODULE_MAGIC_EXT(.name = (name_), .version = (version_))
#else
#define PK_MODULE_MAGIC(name_, version_) PG_MODULE_MAGIC
#endif

#endif /* PK_COMMON_COMPAT_H */
