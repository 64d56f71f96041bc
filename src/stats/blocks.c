/*
 * blocks.c
 *	  What the values of a run are worth where they depend on each other: blocks of its time.
 *
 * Transactions of the same second share caches, locks, a checkpoint and the machine's other work.
 * Ten thousand of them do not tell ten thousand times as much as one, and an interval that counts
 * them so is far too narrow. Therefore the unit is a block of time: the run is cut into about 20,
 * and a mean is known as well as its blocks agree (batch means; see A. Law, "Simulation Modeling
 * and Analysis", 5th ed. 2015, section 9.5.3). The mean of all values is a ratio of two sums that
 * vary both, since slow seconds have fewer transactions; its variance is that of the residuals
 * sum - mean * samples of the blocks (W. Cochran, "Sampling Techniques", 3rd ed. 1977, section
 * 2.11).
 *
 * What is slow for longer than a block makes successive blocks alike. Their correlation rho,
 * corrected for the bias of its estimate (F. Marriott and J. Pope, Biometrika 41, 1954), enlarges
 * the variance of the mean by
 *
 *		f = 1 + 2 sum (1 - j/m) rho^j
 *
 * as in a first-order autoregression, and leaves m/f - 1 degrees of freedom for Student's t. If m/f
 * is below 4, the run has hardly seen more than one state of the system, and no interval is given.
 * Fewer than 7 blocks cannot tell how they are correlated: then rho is taken to be 0.5.
 *
 * A trend over the run, such as of a growing table, is not noise. Where it is there beyond doubt,
 * residuals are taken around it.
 *
 * test/perf/intervals counts how often the intervals are right.
 */
#include <math.h>

#include "stats/blocks.h"
#include "stats/change.h"

#define BLOCKS_MOST (2 * PK_BLOCKS_WANTED)
#define WIDEST 1e6

/* What is taken to be the correlation of blocks that are too few to tell. */
#define CORRELATION_ASSUMED 0.5

typedef struct Block
{
	int period;
	int place; /* within the period */
	double samples;
	double sum;
	double guide;
	double residual;
	double guide_residual;
} Block;

typedef struct Blocks
{
	int n;
	int periods;
	Block block[BLOCKS_MOST];
} Blocks;

/*
 * Cut each period into blocks of nearly equal length. A period gets at least one, and there are
 * fewer blocks than fit, so periods beyond that are added to the last one.
 */
static void
cut(Blocks *blocks, const PkPiece *pieces, int n)
{
	int length = n / PK_BLOCKS_WANTED > 1 ? n / PK_BLOCKS_WANTED : 1;

	blocks->n = 0;
	blocks->periods = 0;
	for (int first = 0, next; first < n; first = next)
	{
		int wanted;

		for (next = first; next < n && pieces[next].period == pieces[first].period;)
			next++;
		wanted = (next - first) / length > 1 ? (next - first) / length : 1;
		if (blocks->n + wanted > BLOCKS_MOST)
			wanted = BLOCKS_MOST - blocks->n;
		for (int i = 0; i < wanted; i++)
			blocks->block[blocks->n + i] = (Block){.period = blocks->periods, .place = i};
		blocks->n += wanted;
		if (wanted > 0)
			blocks->periods++;
		for (int i = first; i < next; i++)
		{
			int own = wanted > 0 ? blocks->n - wanted + (int) ((double) (i - first) * wanted / (next - first))
								 : blocks->n - 1;
			Block *block = &blocks->block[own];

			block->samples += pieces[i].samples;
			block->sum += pieces[i].sum;
			block->guide += pieces[i].guide;
		}
	}
}

/* Residuals around the mean of their own period: that periods differ is not noise. */
static void
take_residuals(Blocks *blocks)
{
	for (int first = 0, next; first < blocks->n; first = next)
	{
		double samples = 0;
		double sum = 0;
		double guide = 0;

		for (next = first; next < blocks->n && blocks->block[next].period == blocks->block[first].period; next++)
		{
			samples += blocks->block[next].samples;
			sum += blocks->block[next].sum;
			guide += blocks->block[next].guide;
		}
		for (int i = first; i < next; i++)
		{
			Block *block = &blocks->block[i];

			block->residual = samples > 0 ? block->sum - sum / samples * block->samples : 0;
			block->guide_residual = samples > 0 ? block->guide - guide / samples * block->samples : 0;
		}
	}
}

/* Slope of the residuals of a single period per block, of the values or of the guide. */
static double
slope(const Blocks *blocks, bool guide)
{
	double middle = (blocks->n - 1) / 2.0;
	double xx = 0;
	double xy = 0;

	for (int i = 0; i < blocks->n; i++)
	{
		double residual = guide ? blocks->block[i].guide_residual : blocks->block[i].residual;

		xx += (i - middle) * (i - middle);
		xy += (i - middle) * residual;
	}
	return xx > 0 ? xy / xx : 0;
}

/* Take the trend out of residuals. */
static void
straighten(Blocks *blocks)
{
	double middle = (blocks->n - 1) / 2.0;
	double own = slope(blocks, false);
	double guide = slope(blocks, true);

	for (int i = 0; i < blocks->n; i++)
	{
		blocks->block[i].residual -= own * (i - middle);
		blocks->block[i].guide_residual -= guide * (i - middle);
	}
}

/*
 * The correlation of neighbours; "fitted" parameters of each period were taken out of its
 * residuals, which makes neighbours look less alike than they are.
 */
static double
neighbours(const Blocks *blocks, bool guide, int fitted)
{
	double squares = 0;
	double products = 0;
	double per_period = (double) blocks->n / blocks->periods;
	double found;

	for (int i = 0; i < blocks->n; i++)
	{
		double residual = guide ? blocks->block[i].guide_residual : blocks->block[i].residual;

		squares += residual * residual;
		if (blocks->block[i].place > 0)
			products += residual * (guide ? blocks->block[i - 1].guide_residual : blocks->block[i - 1].residual);
	}
	if (!(squares > 0))
		return 0;
	found = products / squares;
	return per_period > 4 ? (found * per_period + fitted) / (per_period - 4) : found;
}

typedef struct Spread
{
	double variance; /* of the sum of residuals */
	double correlation;
	double factor; /* f */
	double degrees;
} Spread;

static Spread
spread(const Blocks *blocks, int fitted)
{
	int free = blocks->n - fitted * blocks->periods;
	double per_period = (double) blocks->n / blocks->periods;
	double squares = 0;
	double bias;
	Spread found = {.factor = 1, .correlation = CORRELATION_ASSUMED};

	for (int i = 0; i < blocks->n; i++)
		squares += blocks->block[i].residual * blocks->block[i].residual;
	if (blocks->n >= PK_BLOCKS_CORRELATED)
	{
		found.correlation = fmax(neighbours(blocks, false, fitted), neighbours(blocks, true, fitted));
		found.correlation = fmin(fmax(found.correlation, -0.1), 0.95);
	}
	for (int j = 1; j < per_period; j++)
		found.factor += 2 * (1 - j / per_period) * pow(found.correlation, j);
	/* What all blocks of a run have in common is not in its residuals. */
	bias = 1 - (found.factor - 1) * blocks->periods / free;
	found.variance = squares / free / fmax(bias, 0.1) * blocks->n * found.factor;
	found.degrees = free;
	if (blocks->n >= PK_BLOCKS_CORRELATED)
		found.degrees = fmax(blocks->n / found.factor - fitted * blocks->periods, 1);
	return found;
}

/*
 * Whether the values or the guide had a trend beyond doubt: more than the residuals, which have
 * been straightened, explain with the correlation that they have.
 */
static bool
is_trend(const Blocks *blocks, bool guide, double slope)
{
	double xx = (double) blocks->n * ((double) blocks->n * blocks->n - 1) / 12;
	double squares = 0;
	double correlation = fmin(fmax(neighbours(blocks, guide, 2), 0), 0.95);
	double longest = (1 + correlation) / (1 - correlation);
	double degrees = blocks->n / longest - 2;

	for (int i = 0; i < blocks->n; i++)
	{
		double residual = guide ? blocks->block[i].guide_residual : blocks->block[i].residual;

		squares += residual * residual;
	}
	return degrees >= 1 && fabs(slope) > sqrt(squares / (blocks->n - 2) * longest / xx) *
											 pk_student_quantile(0.9975, (int) degrees);
}

PkRatio
pk_blocks_ratio(const PkPiece *pieces, int n)
{
	PkRatio ratio = {.estimate = NAN, .deviation = NAN, .degrees = 1, .longer = 4};
	double samples = 0;
	double sum = 0;
	double least;
	Blocks blocks;
	Spread found;

	for (int i = 0; i < n; i++)
	{
		samples += pieces[i].samples;
		sum += pieces[i].sum;
	}
	if (!(samples > 0))
		return ratio;
	ratio.estimate = sum / samples;
	cut(&blocks, pieces, n);
	if (blocks.n <= blocks.periods)
		return ratio;
	take_residuals(&blocks);
	found = spread(&blocks, 1);
	if (blocks.periods == 1 && blocks.n >= PK_BLOCKS_CORRELATED)
	{
		double own = slope(&blocks, false);
		double guide = slope(&blocks, true);

		straighten(&blocks);
		if (is_trend(&blocks, false, own) || is_trend(&blocks, true, guide))
			found = spread(&blocks, 2);
	}
	ratio.correlation = found.correlation;
	/* Of few blocks, correlation cannot be told as well. */
	least = fmin(4, 0.3 * blocks.n);
	if (blocks.n >= PK_BLOCKS_CORRELATED && blocks.n / found.factor < least)
	{
		ratio.longer = fmax(least * found.factor / blocks.n, 1.25);
		return ratio;
	}
	ratio.deviation = sqrt(found.variance) / samples;
	ratio.degrees = found.degrees;
	ratio.longer = 1;
	return ratio;
}

double
pk_blocks_factor(PkRatio ratio, double confidence)
{
	return fmin(pk_student_quantile(0.5 + confidence / 2, (int) ratio.degrees), WIDEST);
}

static double
normal_quantile(double probability)
{
	double low = 0;
	double high = 40;

	for (int i = 0; i < 100; i++)
	{
		double middle = (low + high) / 2;

		if (erfc(middle * M_SQRT1_2) / 2 > 1 - probability)
			low = middle;
		else
			high = middle;
	}
	return high;
}

double
pk_blocks_independent(PkRatio ratio, double samples, double confidence)
{
	double lone = ratio.estimate * (1 - ratio.estimate);
	double normal = normal_quantile(0.5 + confidence / 2);
	double wide;

	if (isnan(ratio.deviation))
		return 0;
	wide = ratio.deviation * pk_blocks_factor(ratio, confidence) / normal;
	return wide * wide * samples <= lone ? samples : lone / (wide * wide);
}
