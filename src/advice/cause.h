/*
 * cause.h
 *	  The causes that a finding can have: a closed list, whose names are promised to users.
 */
#ifndef PK_ADVICE_CAUSE_H
#define PK_ADVICE_CAUSE_H

/*
 * To add one: a line here, its name, meaning and example in cause.c, its sentences in
 * assert/sentences.c, and the code that finds it in causes/.
 */
typedef enum PkCause
{
	PK_CAUSE_NONE,

	/* an index exists, but its state or the settings keep it from being used */
	PK_CAUSE_INVALID_INDEX,
	PK_CAUSE_INDEX_TOO_NEW,
	PK_CAUSE_SETTINGS,

	/* an index exists, but not for the condition as it is written */
	PK_CAUSE_VALUE_TYPE,
	PK_CAUSE_NO_SUCH_VALUE,
	PK_CAUSE_CAST,
	PK_CAUSE_FUNCTION,
	PK_CAUSE_FUNCTION_NOT_OPERATOR,
	PK_CAUSE_ARITHMETIC,
	PK_CAUSE_CASE_EXPRESSION,
	PK_CAUSE_NOT_IMMUTABLE,
	PK_CAUSE_COLLATION,
	PK_CAUSE_PATTERN_COLLATION,
	PK_CAUSE_UNKNOWN_PATTERN,
	PK_CAUSE_LEADING_WILDCARD,
	PK_CAUSE_OPERATOR_CLASS,
	PK_CAUSE_KEY_POSITION,
	PK_CAUSE_PARTIAL_PREDICATE,
	PK_CAUSE_UNRELATED_INDEX,

	PK_CAUSE_ROW_SECURITY,
	PK_CAUSE_PARTITION_KEY,
	PK_CAUSE_PARTITION_JOIN,
	PK_CAUSE_RANGE_NOT_CARRIED,

	/* no index can have the condition as it is written */
	PK_CAUSE_VOLATILE_VALUE,
	PK_CAUSE_NEGATION,
	PK_CAUSE_NOT_IN,
	PK_CAUSE_ANY_ARRAY,
	PK_CAUSE_REVERSED_ARRAY,
	PK_CAUSE_NOT_DISTINCT_FROM,
	PK_CAUSE_OPTIONAL_PARAMETER,
	PK_CAUSE_DISTANCE,
	PK_CAUSE_SAME_ROW,
	PK_CAUSE_UNSUPPORTED_OPERATOR,

	/* the condition stands above a node that it cannot pass */
	PK_CAUSE_ABOVE_WINDOW,
	PK_CAUSE_ABOVE_DISTINCT,
	PK_CAUSE_ABOVE_AGGREGATE,
	PK_CAUSE_ABOVE_LIMIT,
	PK_CAUSE_ABOVE_OUTER_JOIN,
	PK_CAUSE_ABOVE_CTE,

	/* no index gives the order, or joins the tables */
	PK_CAUSE_SORT_ORDER,
	PK_CAUSE_SORT_EXPRESSION,
	PK_CAUSE_SORT_TABLES,
	PK_CAUSE_KNN,
	PK_CAUSE_MIN_MAX,
	PK_CAUSE_DISTINCT,
	PK_CAUSE_JOIN_TYPE,

	/* an index is missing, or nothing asks for one */
	PK_CAUSE_NO_INDEX,
	PK_CAUSE_OR_ARM,
	PK_CAUSE_WHOLE_TABLE,
	PK_CAUSE_SYSTEM_CATALOG,

	/* an index serves, but the planner finds another way cheaper */
	PK_CAUSE_STATISTICS_MISSING,
	PK_CAUSE_STATISTICS_STALE,
	PK_CAUSE_UNKNOWN_VALUE,
	PK_CAUSE_SHORT_PATTERN,
	PK_CAUSE_COST_SETTINGS,
	PK_CAUSE_SMALL_TABLE,
	PK_CAUSE_LARGE_SHARE,
	PK_CAUSE_OTHER_INDEX,

	/* an index is used, and yet there is too much work */
	PK_CAUSE_FILTER_ABOVE_INDEX,
	PK_CAUSE_KEYSET_OR,
	PK_CAUSE_HEAP_FETCHES,
	PK_CAUSE_FOREIGN_KEY,
	PK_CAUSE_OFFSET,
	PK_CAUSE_ORDERED_WALK,
	PK_CAUSE_RANGE_OF_COLUMNS,
	PK_CAUSE_BRIN_CORRELATION,
	PK_CAUSE_NOT_SHIPPED,

	PK_CAUSE_UNKNOWN,
	PK_NUM_CAUSES
} PkCause;

/* As users see it: "value_type". */
extern const char *pk_cause_name(PkCause cause);

#endif /* PK_ADVICE_CAUSE_H */
