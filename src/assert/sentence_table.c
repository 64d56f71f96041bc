/*
 * sentence_table.c
 *	  The sentences for each cause, to be filled in.
 */
#include "postgres.h"

#include "assert/sentence_table.h"

#define REWRITE PK_SENTENCE_REWRITE

#define ESTIMATE \
	"[[ The planner expects {rows_estimated} {values}; by the rows of a sample, there are about {rows_found}.]]"

#define EFFECT "[[ With that number, it would not scan {victim} sequentially.]]"

const PkSentences pk_sentence_table[PK_NUM_CAUSES] = {
	[PK_CAUSE_INVALID_INDEX] =
		{
			"index \"{index}\" on table \"{relation}\" is invalid",
			"Index \"{index}\" is invalid: its build failed or has not finished[[, since partition {referenced} lacks its part "
			"of it]].",
			"Unless it is being built, {rebuild}",
		},
	[PK_CAUSE_INDEX_TOO_NEW] =
		{
			"index \"{index}\" on table \"{relation}\" is too new for this transaction",
			"Index \"{index}\" was built without old versions of updated rows that this transaction might still see.",
			"Assert again in a new transaction, once all that were running when the index was built have ended.",
		},
	[PK_CAUSE_SETTINGS] =
		{
			"table \"{relation}\" is read without an index because of settings that are off: {settings}",
			"[[With these settings turned on, the plan reads {relation} by {indexes}.]][[{switched}]]",
			"[[{turn_on}]][[, and {again}]].",
		},
	[PK_CAUSE_VALUE_TYPE] =
		{
			"[[index \"{index}\" on table \"{relation}\" stores {column} as {type}, but the condition compares it as "
			"{expression_type}]]",
			"The condition compares {column}, of type {type}, as {expression_type}, so it is cast in every row.",
			"Pass the value as {type}[[, so that {serving} on {column} can answer the condition]][[: {sql}]].",
		},
	[PK_CAUSE_NO_SUCH_VALUE] =
		{
			NULL,
			"The condition compares {column}, of type {type}, with {value}, which is not a value of that type, so "
			"{column} is cast in every row.[[{none_equal}]]",
			"Check the value before the query: it has to be a whole number within the range of type {type}.",
		},
	[PK_CAUSE_FUNCTION_NOT_OPERATOR] =
		{
			NULL,
			"The condition calls {expression}[[; index \"{index}\" is on {column}]]. Indexes support operators, not the "
			"functions behind them.",
			"Write [[{sql}]][[{column} {operator} value, with the limit in the setting {threshold}]].",
		},
	[PK_CAUSE_REVERSED_ARRAY] =
		{
			NULL,
			"The condition compares an array that is made of {column} in every row.",
			"Write {sql}.",
		},
	[PK_CAUSE_NOT_DISTINCT_FROM] =
		{
			NULL,
			"The condition on {column} is IS NOT DISTINCT FROM, which no index answers.",
			"Write {sql}.",
		},
	[PK_CAUSE_OPTIONAL_PARAMETER] =
		{
			NULL,
			"One plan has to serve both for a value of {column} and for no value, that is, for all rows.",
			"Send another statement where the value is given, without the alternative, or have the statement planned for "
			"each value: plan_cache_mode = force_custom_plan.",
		},
	[PK_CAUSE_DISTANCE] =
		{
			NULL,
			"The condition compares a distance from {column}, which is computed for every row.",
			"Write {sql}, which an index USING gist ({column}) answers.",
		},
	[PK_CAUSE_CAST] =
		{
			NULL,
			"[[Index \"{index}\" is on {column}, but the condition is on {expression}. An index answers only conditions "
			"on its own keys.]][[{none_equal}]]",
			"[[Write it as a range, which an index on {column} can answer: {range}.]][[Compare the column itself: "
			"{rewritten}.]][[{compare}]][[{check_value}]][[ {index_remedy}]]",
		},
	[PK_CAUSE_FUNCTION] =
		{
			NULL,
			"[[Index \"{index}\" is on {column}, but the condition is on {expression}. An index answers only conditions "
			"on its own keys.]][[Index \"{index}\" is on {as_indexed}, but the condition is on {expression}. An index "
			"answers only conditions on the same expression.]]",
			"[[Write it as a range, which an index on {column} can answer: {range}.]][[If it will do, write {as_indexed}, "
			"as the index has it.]][[Compare the column itself: {rewritten}.]][[Where the value is a string, write {contains}, "
			"which index \"{index}\" answers.]][[{measure}]][[ {index_remedy}]]",
		},
	[PK_CAUSE_ARITHMETIC] =
		{
			NULL,
			"Index \"{index}\" is on {column}, but the condition is on {expression}. An index answers only conditions "
			"on its own keys.",
			"[[Leave {column} alone on one side: {rewritten}.]][[ {index_remedy}]]",
		},
	[PK_CAUSE_CASE_EXPRESSION] =
		{
			NULL,
			"The condition is a CASE, whose branches no index is used for.",
			"Write it with AND and OR, of which each arm can have an index[[: {sql}]].",
		},
	[PK_CAUSE_NOT_IMMUTABLE] =
		{
			NULL,
			"[[Index \"{index}\" is on {column}. ]][[Index \"{index}\" is on {as_indexed}. ]]The condition is on {expression}, "
			"which is not immutable, so no index can have it as a key.",
			"[[Write it as a range, which an index on {column} can answer: {range}.]][[ If one time zone is meant, an index "
			"can have {fixed}.]][[If it will do, write {as_indexed}, as the index has it.]][[{compare}]][[ {index_remedy}]]",
		},
	[PK_CAUSE_COLLATION] =
		{
			"index \"{index}\" on table \"{relation}\" has a different collation from the query",
			"Index \"{index}\" sorts {column} by collation {collation}, but the query compares by {other_collation}.",
			"If its order will do, use the collation of the index in the query.[[ {index_remedy}]]",
		},
	[PK_CAUSE_PATTERN_COLLATION] =
		{
			NULL,
			"Index \"{index}\" sorts {column} by collation {collation}, which does not keep strings with a common "
			"prefix together.",
			"[[{index_remedy}]]",
		},
	[PK_CAUSE_UNKNOWN_PATTERN] =
		{
			NULL,
			"Index \"{index}\" on {column} finds strings by a fixed beginning, which is not known when the query is planned: "
			"the pattern is a parameter or the result of another expression.",
			"Have the statement planned for each value: plan_cache_mode = force_custom_plan, or write the pattern as a "
			"constant.",
		},
	[PK_CAUSE_LEADING_WILDCARD] =
		{
			NULL,
			"Index \"{index}\" on {column} is sorted from the first character on, but the pattern begins with a "
			"wildcard.",
			"[[{index_remedy}]]",
		},
	[PK_CAUSE_OPERATOR_CLASS] =
		{
			NULL,
			"Index \"{index}\" on {column} uses access method {method} and operator family {family}, which lacks "
			"operator {operator}.",
			"[[Write {rewritten}.]][[{index_remedy}]][[ Then write {fixed}.]]",
		},
	[PK_CAUSE_KEY_POSITION] =
		{
			NULL,
			"Index \"{index}\" has {column}, but not as its first column.[[ On its first, {range}, there is only a range, all of "
			"whose entries are read.]][[ {purpose}]]",
			"[[{index_remedy}]]",
		},
	[PK_CAUSE_PARTIAL_PREDICATE] =
		{
			"index \"{index}\" on table \"{relation}\" is partial, and the query does not imply its predicate",
			"Index \"{index}\" covers only rows WHERE {predicate}.[[ {unimplied}]]",
			"{imply}[[ {index_remedy}]]",
		},
	[PK_CAUSE_UNRELATED_INDEX] =
		{
			NULL,
			"No condition is on {column}, the first key of index \"{index}\".",
			"[[{index_remedy}]]",
		},
	[PK_CAUSE_ROW_SECURITY] =
		{
			"row security keeps index \"{index}\" on table \"{relation}\" from answering the condition",
			"The condition {condition} is not leakproof, so under row security it is checked only on rows that the "
			"policies have let through[[; index \"{index}\" is on {column}]].",
			"Add a condition by a leakproof operator, such as = on integers or UUIDs, have the policy compare an indexed "
			"column, or, as a superuser, mark the function as LEAKPROOF if it is.",
		},
	[PK_CAUSE_PARTITION_KEY] =
		{
			NULL,
			"The condition compares {expression}, and not the partition key {column} itself, so all partitions are read.",
			"[[Write it as a range: {range}.]][[Compare the column itself: {rewritten}.]][[{compare}]]",
		},
	[PK_CAUSE_PARTITION_JOIN] =
		{
			NULL,
			"The join gives a single value of the partition key {column}, by the planner's estimate, but only after all "
			"partitions are read.",
			"Compare {column} with a subquery, (SELECT ...), whose value leaves partitions out when the query is run. This "
			"raises an error if it returns more than one row.",
		},
	[PK_CAUSE_RANGE_NOT_CARRIED] =
		{
			NULL,
			"The join makes {column} equal to a column for which the query has the condition {condition}, but only equality "
			"with a constant is carried over, not a range or a list of values.",
			"Repeat the condition for {column}, in the condition of the join.",
		},
	[PK_CAUSE_VOLATILE_VALUE] =
		{
			NULL,
			"The condition compares with a volatile value, which may differ for each row.",
			"Compute it once, in a subquery: (SELECT value).",
		},
	[PK_CAUSE_NEGATION] =
		{
			NULL,
			"The condition on {column} is a negation, and no index finds rows that do not match.",
			"Ask for the wanted values of {column}, or, if few rows satisfy the condition, create a partial index with "
			"it as predicate.",
		},
	[PK_CAUSE_NOT_IN] =
		{
			NULL,
			"The condition is NOT IN with a subquery, which cannot be planned as a join.",
			"Write NOT EXISTS (SELECT ... WHERE ...), which can.",
		},
	[PK_CAUSE_ANY_ARRAY] =
		{
			NULL,
			"The condition searches array {column} with ANY, which no index answers.",
			"Write {column} @> ARRAY[value], which an index USING gin ({column}) answers.",
		},
	[PK_CAUSE_SAME_ROW] =
		{
			NULL,
			"The condition compares columns of the same row.",
			"[[If few rows satisfy it, create a partial index with the condition as its predicate: {sql}.]]",
		},
	[PK_CAUSE_UNSUPPORTED_OPERATOR] =
		{
			NULL,
			"No access method supports operator {operator}.",
			REWRITE,
		},
	[PK_CAUSE_ABOVE_WINDOW] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"The condition {condition} stands above a window function, which needs all rows of its "
			"partition, so all rows of {relation} are read[[; index \"{index}\" is on {column}]].",
			"[[{lateral}]][[{if_filter}Put {column} into PARTITION BY of every window, if it then means the same, or "
			"the condition into the subquery.]]",
		},
	[PK_CAUSE_ABOVE_DISTINCT] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"The condition {condition} stands above DISTINCT ON, which chooses one of all rows, so all rows "
			"of {relation} are read[[; index \"{index}\" is on {column}]].",
			"[[{lateral}]][[{if_filter}Put the condition into the subquery, if it is meant to hold before one row is "
			"chosen.]]",
		},
	[PK_CAUSE_ABOVE_AGGREGATE] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"The condition {condition} stands above an aggregate, so all rows of {relation} are read[[; index "
			"\"{index}\" is on {column}]].",
			"[[{lateral}]][[{if_filter}If the result is needed often, keep it in a table or a materialized view.]]",
		},
	[PK_CAUSE_ABOVE_LIMIT] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"The condition {condition} stands above a LIMIT, which counts rows before it, so all rows of "
			"{relation} are read[[; index \"{index}\" is on {column}]].",
			"Put the condition into the subquery, before its LIMIT.",
		},
	[PK_CAUSE_ABOVE_OUTER_JOIN] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"The condition {condition} stands above an outer join, whose rows it needs, matched and "
			"unmatched, so all rows of {relation} are read[[; index \"{index}\" is on {column}]].",
			"For a FULL JOIN, repeat the condition for the columns of both sides, in subqueries; otherwise "
			"compare the column itself, if rows without a match need not be found. The planner repeats only "
			"an equality with a column that is joined USING, of a type that is compared without a cast.",
		},
	[PK_CAUSE_ABOVE_CTE] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"The condition {condition} stands above a CTE that is computed by itself, because it is "
			"[[{if_recursive}recursive]][[{if_not_recursive}MATERIALIZED or used more than once]], so all rows of "
			"{relation} are read[[; index \"{index}\" is on {column}]].",
			"[[{if_recursive}Put the condition into the CTE's first query, if all rows that follow from a row are "
			"wanted with it.]][[{if_not_recursive}Write AS NOT MATERIALIZED, or put the condition into the CTE.]]",
		},
	[PK_CAUSE_ABOVE_SET_OPERATION] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"[[The condition {condition} stands above a set operation that it cannot pass, since it is "
			"EXCEPT or its arms have columns of different types, so all rows of {relation} are "
			"read]][[{if_order}The order by {expression} and the LIMIT stand above UNION ALL, so all rows of "
			"{relation} are read and sorted]][[; index \"{index}\" is on {column}]].",
			"[[{if_condition}Put the condition into each arm, or give the columns one type in their tables.]]"
			"[[{if_order}Put ORDER BY and LIMIT into each arm, too, in parentheses.]]",
		},
	[PK_CAUSE_SECURITY_BARRIER] =
		{
			"a condition on table \"{relation}\" is checked only after all of its rows were read",
			"The condition {condition} is not leakproof, and view {referenced} is a security barrier, so it is "
			"checked only on rows that the view has let through[[; index \"{index}\" is on {column}]].",
			"Add a condition by a leakproof operator, such as = on integers or UUIDs, or, if the view need not "
			"hide rows from those who may read it, take it back: ALTER VIEW ... RESET (security_barrier).",
		},
	[PK_CAUSE_SORT_ORDER] =
		{
			NULL,
			"Index \"{index}\" ({method}) has {column}, but does not give its rows in the order that the query asks for, "
			"neither forwards nor backwards.",
			"[[{try} ]]If the order of the index will do, ask for that: the same or the opposite direction for all columns, "
			"and NULLS FIRST with DESC.",
		},
	[PK_CAUSE_SORT_EXPRESSION] =
		{
			NULL,
			"The order is by {expression}[[; index \"{index}\" is on {column}]].",
			"[[{try}]][[{separator}If {column} will do, order by that.]]",
		},
	[PK_CAUSE_SORT_TABLES] =
		{
			NULL,
			"The order is by columns of several tables, {columns}, which no index has.",
			"Order by columns of one table, or compute the other's value first, in a subquery: (SELECT ...).",
		},
	[PK_CAUSE_KNN] =
		{
			NULL,
			"The order is by the distance {operator} from {column}. A B-tree cannot give it; GiST and SP-GiST can.",
			"[[Try {sql}.]]",
		},
	[PK_CAUSE_MIN_MAX] =
		{
			NULL,
			"{expression} of {column} needs one row, at one end of an index on it, but no index begins with {column}.",
			"Try {sql}.",
		},
	[PK_CAUSE_DISTINCT] =
		{
			NULL,
			"All rows are read for a few distinct values of {column}: the server does not jump from one value to the next by "
			"an index.",
			"Take the values from a table that has each once, or jump in a recursive query, one ORDER BY {column} LIMIT 1 "
			"above the last value at a time.",
		},
	[PK_CAUSE_JOIN_TYPE] =
		{
			NULL,
			"The join compares {column}, of type {type}, as {expression_type}, so index \"{index}\" on {column} cannot be "
			"used to look up rows.",
			"Give both columns the same type, or cast the other side of the join to {type}.[[ {index_remedy}]]",
		},
	[PK_CAUSE_OR_SUBQUERY] =
		{
			NULL,
			"An arm of the OR is {expression}, which can be neither a join nor an index condition there, so it is "
			"checked for each row[[; index \"{index}\" is on {column}]].",
			"[[Write {column} = ANY (ARRAY(SELECT ...)), which is computed once, before the scan, or ask]][[{no_column}Ask]] "
			"for each arm in a query of its own, and combine them with UNION.",
		},
	[PK_CAUSE_OR_TWO_TABLES] =
		{
			NULL,
			"The condition {condition} has arms on columns of different tables ({columns}), so it is checked only on rows "
			"that have been joined.",
			"Ask for each arm in a query of its own, and combine them: with UNION, or WHERE key IN (SELECT ... UNION ALL "
			"SELECT ...) to keep rows that are equal.",
		},
	[PK_CAUSE_NO_INDEX] =
		{
			NULL,
			"[[{purpose}]]",
			"{try}",
		},
	[PK_CAUSE_OR_ARM] =
		{
			NULL,
			"[[{purpose} ]]Each arm of the OR needs an index.",
			"{try}",
		},
	[PK_CAUSE_WHOLE_TABLE] =
		{
			"query reads the whole of table \"{relation}\"",
			NULL,
			"Restrict the query[[, or {exempt}]].",
		},
	[PK_CAUSE_SYSTEM_CATALOG] =
		{
			NULL,
			NULL,
			"A system catalog cannot have further indexes: use conditions on columns that have one.",
		},
	[PK_CAUSE_STATISTICS_MISSING] =
		{
			"table \"{relation}\" has no statistics, and the planner scans it sequentially",
			"[[{costs} ]]{unanalyzed}" ESTIMATE EFFECT,
			"Run {sql}[[, and {again}]].",
		},
	[PK_CAUSE_STATISTICS_STALE] =
		{
			"planner prefers a sequential scan of table \"{relation}\" to {indexes}",
			"[[{costs} ]]{stale}" ESTIMATE EFFECT,
			"The table's statistics are out of date: run {sql}[[, and {again}]].",
		},
	[PK_CAUSE_FUNCTION_ROWS] =
		{
			NULL,
			"The planner expects {rows_estimated} rows of function {expression}, which is what it is declared to return, or "
			"the default. Whether that is true is not known here. With {rows_found} rows, the planner would not scan {victim} "
			"sequentially.",
			"If the function returns so few rows, [[declare that: {sql}]][[{builtin}]].",
		},
	[PK_CAUSE_N_DISTINCT] =
		{
			NULL,
			"The planner assumes {rows_estimated} distinct values of {column}[[, by the setting n_distinct = {value}]]. By the "
			"rows of a sample, there are about {rows_found}." EFFECT,
			"Run {sql}.",
		},
	[PK_CAUSE_DEPENDENT_COLUMNS] =
		{
			NULL,
			"The conditions on {relation} depend on each other, but the planner multiplies their shares of the rows." ESTIMATE
				EFFECT,
			"Run {sql}.",
		},
	[PK_CAUSE_UNKNOWN_VALUE] =
		{
			"planner prefers a sequential scan of table \"{relation}\" to {indexes}",
			"[[{costs} That]][[The estimate of {rows_estimated} rows for {relation}]] is a guess, since the values are not "
			"known when the query is planned: it stands for an average value.[[ With {rows_found} rows, as rare values "
			"have, the planner would not scan {victim} sequentially.]]",
			"If some values are rare, have the statement planned for each value: plan_cache_mode = force_custom_plan for "
			"parameters, the value itself instead of a subquery.",
		},
	[PK_CAUSE_SHORT_PATTERN] =
		{
			NULL,
			"Pattern {value} has no trigram, that is, no three characters in a row, so {indexes} would be read as a whole.",
			"Ask for patterns of at least three characters.",
		},
	[PK_CAUSE_COST_SETTINGS] =
		{
			"planner prefers a sequential scan of table \"{relation}\" to {indexes}",
			"{costs} With random_page_cost = {setting}, the planner would choose it.",
			"If the data is on an SSD or in memory, lower random_page_cost: {sql}.",
		},
	[PK_CAUSE_SMALL_TABLE] =
		{
			"planner prefers a sequential scan of table \"{relation}\" to {indexes}",
			"{costs} The planner would choose it [[from about {break_even_rows} rows on ({break_even_factor} times as "
			"many)]][[{much_larger}]].",
			"The table is small, so the planner is right[[: {size}{lenience}]].",
		},
	[PK_CAUSE_LARGE_SHARE] =
		{
			"[[planner prefers a sequential scan of table \"{relation}\" to {indexes}]]",
			"[[{costs}[[ {at_no_size}]]]][[{kept}]]",
			"{share_remedy}[[, or {lenience}]].",
		},
	[PK_CAUSE_OTHER_INDEX] =
		{
			NULL,
			"[[Index \"{index}\" is not used even without sequential scans and other indexes; {indexes} could "
			"serve.]][[With index \"{index}\" alone it would cost {cost_with_remedy} instead of {cost}.]]",
			"[[Expect {one_of_indexes}, or none.]]",
		},
	[PK_CAUSE_FILTER_ABOVE_INDEX] =
		{
			NULL,
			"Index \"{index}\" lacks {expression}, so {condition} is only a filter on the rows that it returns, most of which "
			"are discarded.",
			"{try}",
		},
	[PK_CAUSE_KEYSET_OR] =
		{
			NULL,
			"The condition {condition} asks for the rows after a certain one, but is only a filter: all rows before that "
			"one are read[[ by index \"{index}\"]] and discarded.",
			"Write {sql}.",
		},
	[PK_CAUSE_HEAP_FETCHES] =
		{
			NULL,
			"{share} % of the pages of {relation} are not marked as visible to all, so the index-only scan by \"{index}\" "
			"visits the table for their rows.",
			"Run {sql}[[, and {again}]].",
		},
	[PK_CAUSE_FOREIGN_KEY] =
		{
			"foreign key \"{constraint}\" of table \"{relation}\" has no index on its columns",
			"For each row {event} {referenced}, the trigger of foreign key \"{constraint}\" looks for rows of {relation} by "
			"{columns}, and no index serves that.",
			"Try {sql}.",
		},
	[PK_CAUSE_OFFSET] =
		{
			NULL,
			"{value} rows are computed and skipped before the first one is returned.",
			"Remember the last row's columns of ORDER BY, and ask for what comes after them: WHERE (a, b) > (x, y).",
		},
	[PK_CAUSE_ORDERED_WALK] =
		{
			NULL,
			"The rows are read in the order of index \"{index}\" until enough of them satisfy {condition}. That takes {rows} "
			"of {all_rows} rows if those that do are spread evenly, and up to all of them if they are at its other end"
			"[[; {indexes} would find them by the condition]].[[ How many rows satisfy {value} is a guess, since its value is not "
			"known when the query is planned.]]",
			"[[Try {sql}, which has both.]][[{fence}]]",
		},
	[PK_CAUSE_RANGE_OF_COLUMNS] =
		{
			NULL,
			"The condition {condition} looks for what lies between {column} and {columns}. An index on either finds all rows on "
			"one side, however near the other column is.",
			"[[Try {sql}, and write {expression}. That is an error for rows whose {column} is greater than {columns}, and takes "
			"NULL for no limit.]]",
		},
	[PK_CAUSE_BRIN_CORRELATION] =
		{
			NULL,
			"BRIN index \"{index}\" has the least and the greatest {column} of each range of pages[[; by these it finds {share} % "
			"of the pages]][[, and the correlation of {column} with the order of the table is {correlation}]].",
			"[[Try {sql}.]]",
		},
	[PK_CAUSE_NOT_SHIPPED] =
		{
			NULL,
			"The condition {condition} is not sent to server \"{server}\", so rows are fetched without it, and checked "
			"here.[[ {expression} is {volatility}, and only what is immutable is sent.]][[ {object} belongs to extension "
			"\"{extension}\", which the server's option \"extensions\" does not name.]][[ {own_object} is not built in, nor of an "
			"extension that both servers are known to have.]][[ It compares by collation {other_collation}, but the column "
			"has {collation}.]][[ {construct} is never sent.]]",
			"{ship}",
		},
	[PK_CAUSE_UNKNOWN] =
		{
			NULL,
			"[[The planner expects the scan to read {rows_estimated} rows, of which {rows_found} satisfy the condition. None "
			"of the known causes fits.]]",
			"[[{rewrite}]]",
		},
};
