/*
 * cause.c
 *	  The causes that a finding can have, as users see them.
 *
 * SQL: perfkit_causes() -> SETOF (cause text, meaning text, example text)
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "advice/cause.h"

PG_FUNCTION_INFO_V1(perfkit_causes);

static const struct
{
	const char *name;
	const char *meaning;
	const char *example;
} causes[PK_NUM_CAUSES] = {
	[PK_CAUSE_INVALID_INDEX] = {"invalid_index", "The index was not built to its end.",
								"CREATE INDEX CONCURRENTLY failed"},
	[PK_CAUSE_INDEX_TOO_NEW] = {"index_too_new", "The index lacks row versions that this transaction may see.",
								"CREATE INDEX after the transaction began"},
	[PK_CAUSE_SETTINGS] = {"settings", "Settings keep the planner from using indexes.", "SET enable_indexscan = off"},
	[PK_CAUSE_VALUE_TYPE] = {"value_type", "The value has another type, so that the column is cast in every row.",
							 "bigint_column = 2::numeric"},
	[PK_CAUSE_NO_SUCH_VALUE] = {"no_such_value", "No value of the column's type can equal the value, which makes the "
												 "server cast the column.",
								"bigint_column = 9223372036854775808"},
	[PK_CAUSE_CAST] = {"cast", "The condition casts the column.", "id::text = '7'"},
	[PK_CAUSE_FUNCTION] = {"function", "The condition is on a function of the column.", "lower(name) = 'x'"},
	[PK_CAUSE_FUNCTION_NOT_OPERATOR] = {"function_not_operator", "A function is called where an index supports the operator "
																 "for it.",
										"starts_with(name, 'abc') rather than name ^@ 'abc'"},
	[PK_CAUSE_ARITHMETIC] = {"arithmetic", "The condition computes with the column, and could be solved for it.",
							 "n + 1 = 500"},
	[PK_CAUSE_CASE_EXPRESSION] = {"case_expression", "A CASE chooses the condition, or its value.",
								  "CASE kind WHEN 0 THEN id < 9 ELSE id > 90 END"},
	[PK_CAUSE_NOT_IMMUTABLE] = {"not_immutable",
								"The condition is on an expression that no index can have, since it depends on "
								"settings such as TimeZone.",
								"created_at::date = '2026-01-05'"},
	[PK_CAUSE_COLLATION] = {"collation", "The index sorts by another collation than the condition compares by.",
							"name > 'x' COLLATE \"C\""},
	[PK_CAUSE_PATTERN_COLLATION] = {"pattern_collation",
									"The index's collation does not keep strings with a common prefix together.",
									"name LIKE 'abc%'"},
	[PK_CAUSE_UNKNOWN_PATTERN] = {"unknown_pattern", "The pattern is not known when the query is planned, so its fixed beginning "
													 "is not, either.",
								  "name LIKE $1 in a generic plan"},
	[PK_CAUSE_LEADING_WILDCARD] = {"leading_wildcard",
								   "The pattern does not begin with a fixed string, by which a B-tree is sorted.",
								   "name LIKE '%abc'"},
	[PK_CAUSE_OPERATOR_CLASS] = {"operator_class", "The index's access method or operator class lacks the operator.",
								 "n < 3 with an index USING hash (n)"},
	[PK_CAUSE_KEY_POSITION] = {"key_position", "The index has the column, but not as its first.",
							   "b = 5 with an index on (a, b)"},
	[PK_CAUSE_PARTIAL_PREDICATE] = {"partial_predicate", "The query does not imply the predicate of a partial index.",
									"a = 5 with an index on (a) WHERE deleted_at IS NULL"},
	[PK_CAUSE_UNRELATED_INDEX] = {"unrelated_index", "No condition is on the expected index.",
								  "a = 5, expecting an index on (b)"},
	[PK_CAUSE_ROW_SECURITY] = {"row_security", "Row security lets only leakproof operators see rows before its policies do.",
							   "details ->> 'id' = 'x' on a table with a policy"},
	[PK_CAUSE_PARTITION_KEY] = {"partition_key", "The partition key is compared inside a cast or a function, so that no partition "
												 "is left out.",
								"created_at::date = '2023-04-05'"},
	[PK_CAUSE_PARTITION_JOIN] = {"partition_join", "One value of the partition key is joined, but only after all partitions "
												   "are read.",
								 "JOIN v ON v.id = p.key WHERE v.name = 'x'"},
	[PK_CAUSE_RANGE_NOT_CARRIED] = {"range_not_carried", "A range is given for one side of a join, and not carried over to the other.",
									"a.day = b.day AND a.day > '2014-04-01'"},
	[PK_CAUSE_VOLATILE_VALUE] = {"volatile_value", "The value may differ from row to row.", "ts > clock_timestamp()"},
	[PK_CAUSE_NEGATION] = {"negation", "No index finds the rows that do not match.", "status <> 'done'"},
	[PK_CAUSE_NOT_IN] = {"not_in", "NOT IN with a subquery cannot be planned as a join.",
						 "id NOT IN (SELECT user_id FROM banned)"},
	[PK_CAUSE_ANY_ARRAY] = {"any_array", "A value is searched in an array column with ANY.", "'a' = ANY (tags)"},
	[PK_CAUSE_REVERSED_ARRAY] = {"reversed_array", "The column is put into an array that another one has to contain.",
								 "'{8,9}' @> ARRAY[id]"},
	[PK_CAUSE_NOT_DISTINCT_FROM] = {"not_distinct_from", "IS NOT DISTINCT FROM is never an index condition.",
									"a IS NOT DISTINCT FROM 5"},
	[PK_CAUSE_OPTIONAL_PARAMETER] = {"optional_parameter", "One plan has to serve both with and without a value.",
									 "$1 IS NULL OR a = $1"},
	[PK_CAUSE_DISTANCE] = {"distance", "A distance is compared, where an index finds what lies within a circle.",
						   "p <-> point(5, 5) < 10"},
	[PK_CAUSE_SAME_ROW] = {"same_row", "Columns of the same row are compared.", "updated_at > created_at"},
	[PK_CAUSE_UNSUPPORTED_OPERATOR] = {"unsupported_operator", "No access method supports the operator.",
									   "n # 5 = 4 written as an operator of its own"},
	[PK_CAUSE_ABOVE_WINDOW] = {"above_window", "The condition stands above a window function, which sees all rows.",
							   "WHERE v = 7 on a view with row_number() OVER (PARTITION BY c)"},
	[PK_CAUSE_ABOVE_DISTINCT] = {"above_distinct", "The condition stands above DISTINCT ON, which chooses among all rows.",
								 "WHERE id = 7 on a view with SELECT DISTINCT ON (c)"},
	[PK_CAUSE_ABOVE_AGGREGATE] = {"above_aggregate", "The condition is on the result of an aggregate.",
								  "HAVING count(*) > 9000"},
	[PK_CAUSE_ABOVE_LIMIT] = {"above_limit", "The condition stands above a LIMIT.",
							  "WHERE id = 7 on a view with LIMIT 1000"},
	[PK_CAUSE_ABOVE_OUTER_JOIN] = {"above_outer_join", "The condition stands above an outer join, on either side's column.",
								   "WHERE coalesce(a.id, b.id) = 7 above a FULL JOIN b"},
	[PK_CAUSE_ABOVE_CTE] = {"above_cte", "The condition stands above a CTE that is computed by itself.",
							"WITH a AS MATERIALIZED (...) SELECT * FROM a WHERE id = 7"},
	[PK_CAUSE_ABOVE_SET_OPERATION] = {"above_set_operation", "The condition or the order stands above UNION, INTERSECT or EXCEPT.",
									  "WHERE id = 7 above SELECT int_column ... UNION SELECT bigint_column ..."},
	[PK_CAUSE_SECURITY_BARRIER] = {"security_barrier", "Only leakproof conditions pass a view that is a security barrier.",
								   "lower(name) = 'x' on a view WITH (security_barrier)"},
	[PK_CAUSE_SORT_ORDER] = {"sort_order", "The index has the columns of ORDER BY, but in another order.",
							 "ORDER BY d DESC NULLS LAST with an index on (d)"},
	[PK_CAUSE_SORT_EXPRESSION] = {"sort_expression", "The order is by an expression that no index has.",
								  "ORDER BY lower(name) with an index on (name)"},
	[PK_CAUSE_SORT_TABLES] = {"sort_tables", "The order is by columns of several tables.", "ORDER BY a.x, b.y"},
	[PK_CAUSE_KNN] = {"knn", "The order is by a distance, which GiST and SP-GiST give.",
					  "ORDER BY p <-> point(5, 5) LIMIT 5"},
	[PK_CAUSE_MIN_MAX] = {"min_max", "min() or max() of a column that no index has as its first.",
						  "SELECT max(created_at) FROM events"},
	[PK_CAUSE_DISTINCT] = {"distinct", "All rows are read for a few distinct values.",
						   "SELECT DISTINCT site FROM visits"},
	[PK_CAUSE_JOIN_TYPE] = {"join_type", "The columns of a join have different types, so that one is cast.",
							"a.id::text = b.object_id"},
	[PK_CAUSE_OR_SUBQUERY] = {"or_subquery", "An arm of an OR has a subquery, which is checked for each row.",
							  "a = 1 OR id IN (SELECT ...)"},
	[PK_CAUSE_OR_TWO_TABLES] = {"or_two_tables", "The arms of an OR are on different tables, so only joined rows can be checked.",
								"a JOIN b ON ... WHERE a.x = 1 OR b.y = 2"},
	[PK_CAUSE_NO_INDEX] = {"no_index", "No index is on the columns of the condition, join or order.",
						   "email = 'x' without an index on (email)"},
	[PK_CAUSE_OR_ARM] = {"or_arm", "An arm of an OR lacks an index, so that the others' are of no use.",
						 "a = 1 OR b = 2 with an index on (a)"},
	[PK_CAUSE_WHOLE_TABLE] = {"whole_table", "Nothing in the query restricts or orders the table's rows.",
							  "SELECT * FROM events"},
	[PK_CAUSE_SYSTEM_CATALOG] = {"system_catalog", "A system catalog cannot have further indexes.",
								 "SELECT * FROM pg_class WHERE relpages > 9"},
	[PK_CAUSE_STATISTICS_MISSING] = {"statistics_missing", "The table was never analyzed.",
									 "a temporary table after INSERT"},
	[PK_CAUSE_STATISTICS_STALE] = {"statistics_stale", "The table has changed since it was analyzed.",
								   "a bulk load after ANALYZE"},
	[PK_CAUSE_FUNCTION_ROWS] = {"function_rows", "A function in FROM is taken to return more rows than it may.",
								"RETURNS SETOF without ROWS"},
	[PK_CAUSE_N_DISTINCT] = {"n_distinct", "A column has another number of distinct values than the planner assumes.",
							 "ALTER COLUMN a SET (n_distinct = -1) where a is not unique"},
	[PK_CAUSE_DEPENDENT_COLUMNS] = {"dependent_columns", "Conditions on several columns depend on each other, and are taken to be "
														 "independent.",
									"city = 'Lyon' AND country = 'France'"},
	[PK_CAUSE_UNKNOWN_VALUE] = {"unknown_value", "The value is not known when the query is planned, so its number of rows is "
												 "a guess.",
								"state = $1 in a generic plan"},
	[PK_CAUSE_SHORT_PATTERN] = {"short_pattern", "The pattern has no trigram, so a trigram index would be read as a whole.",
								"name ILIKE '%ab%'"},
	[PK_CAUSE_COST_SETTINGS] = {"cost_settings", "With random_page_cost as it fits SSDs, the index would be chosen.",
								"random_page_cost = 4"},
	[PK_CAUSE_SMALL_TABLE] = {"small_table", "The table is so small that reading all of it costs less.",
							  "a table of 50 rows"},
	[PK_CAUSE_LARGE_SHARE] = {"large_share", "So many rows are wanted that reading all of them costs less.",
							  "created_at > '2000-01-01'"},
	[PK_CAUSE_OTHER_INDEX] = {"other_index", "The planner finds another index cheaper than the expected one.",
							  "a = 5 AND b = 6 with an index on each"},
	[PK_CAUSE_FILTER_ABOVE_INDEX] = {"filter_above_index", "The index that is used lacks the column of the condition, which is "
														   "only a filter on its rows.",
									 "a = 1 AND b = 2 with an index on (a)"},
	[PK_CAUSE_KEYSET_OR] = {"keyset_or", "The next page is asked for with OR, where a row comparison begins there.",
							"a > 5 OR (a = 5 AND b > 7)"},
	[PK_CAUSE_HEAP_FETCHES] = {"heap_fetches", "An index-only scan has to visit the table, which was not vacuumed.",
							   "a bulk load without VACUUM"},
	[PK_CAUSE_FOREIGN_KEY] = {"foreign_key", "A foreign key's columns have no index, so each row that is deleted, or whose key "
											 "changes, scans the table.",
							  "DELETE FROM parent, referenced by child (parent_id)"},
	[PK_CAUSE_OFFSET] = {"offset", "Many rows are computed and skipped.", "OFFSET 100000 LIMIT 10"},
	[PK_CAUSE_ORDERED_WALK] = {"ordered_walk", "Rows are read in the order of an index until enough of them match.",
							   "a = 5 ORDER BY id LIMIT 1 with an index on (id)"},
	[PK_CAUSE_RANGE_OF_COLUMNS] = {"range_of_columns", "A value is looked for between two columns, each of which finds "
													   "about half of the rows.",
								   "7 BETWEEN first AND last"},
	[PK_CAUSE_BRIN_CORRELATION] = {"brin_correlation", "A BRIN index finds most of the table, whose order is another one "
													   "than the column's.",
								   "sensor = 7 with an index USING brin (sensor)"},
	[PK_CAUSE_NOT_SHIPPED] = {"not_shipped", "A foreign server is not sent the condition, but all rows are fetched from it.",
							  "created_at > now() - interval '1 day' on a foreign table"},
	[PK_CAUSE_UNKNOWN] = {"unknown", "None of the known causes fits.", "an operator of an extension without statistics"},
};

const char *
pk_cause_name(PkCause cause)
{
	return causes[cause].name;
}

Datum
perfkit_causes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	/* use the expected descriptor: computing it would leak it into the query's memory */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (int i = PK_CAUSE_NONE + 1; i < PK_NUM_CAUSES; i++)
	{
		Datum values[3] = {CStringGetTextDatum(causes[i].name), CStringGetTextDatum(causes[i].meaning),
						   CStringGetTextDatum(causes[i].example)};
		bool nulls[3] = {0};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
