/*
 * parameters.c
 *	  Values for the parameters $1, $2 ... of a query, given as text.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/parameters.h"

ParamListInfo
pk_parameters_make(ArrayType *values, const Oid *types, int count)
{
	ParamListInfo params;
	Datum *texts = NULL;
	bool *nulls = NULL;
	int given = 0;

	if (values != NULL)
		deconstruct_array(values, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &given);
	if (values == NULL && count > 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PARAMETER), errmsg("no value for parameter $1"),
						errdetail_plural("The query has %d parameter, and to be run it needs a value for it.",
										 "The query has %d parameters, and to be run it needs a value for each.",
										 count, count),
						errhint("Write constants in place of parameters, or pass parameters => ARRAY['...', ...] to a "
								"function that takes them.")));
	if (given != count)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("wrong number of parameter values"),
						errdetail("Parameters: %d, values: %d.", count, given),
						errhint("Pass one text value for each parameter, in the order of their numbers.")));
	if (count == 0)
		return NULL;

	params = makeParamList(count);
	for (int i = 0; i < count; i++)
	{
		ParamExternData *param = &params->params[i];
		Oid input;
		Oid io_param;

		getTypeInputInfo(types[i], &input, &io_param);
		param->isnull = nulls[i];
		param->value = OidInputFunctionCall(input, nulls[i] ? NULL : TextDatumGetCString(texts[i]), io_param, -1);
		param->ptype = types[i];
		param->pflags = PARAM_FLAG_CONST;
	}
	return params;
}
