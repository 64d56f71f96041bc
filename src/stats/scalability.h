/*
 * scalability.h
 *	  How throughput grows with the number of clients: the Universal Scalability Law, fitted.
 *
 *	  X(N) = g N / (1 + a (N - 1) + b N (N - 1))
 *
 * g is the throughput of one client, a what clients lose by waiting for each other (contention), b
 * what they lose by having to agree with each other (coherency). With b = 0 this is Amdahl's law,
 * and with a = b = 0 throughput is proportional to the clients.
 *
 * Source: N. Gunther, "A general theory of computational scalability based on rational functions",
 * arXiv:0808.1431, 2008, and "Guerrilla Capacity Planning", Springer, 2007, chapter 4.
 *
 * Pure C: no server header, so that unit tests compile it alone.
 */
#ifndef PK_STATS_SCALABILITY_H
#define PK_STATS_SCALABILITY_H

#include <stdbool.h>

/* Different numbers of clients that a fit takes: three coefficients, and as many to judge them. */
#define PK_SCALABILITY_LEVELS 6

typedef struct PkCoefficient
{
	double estimate;
	double lower; /* the interval, never below 0 */
	double upper; /* INFINITY: the measurements set no limit */
} PkCoefficient;

typedef struct PkScalability
{
	PkCoefficient single;	  /* g: throughput of one client, above 0 */
	PkCoefficient contention; /* a */
	PkCoefficient coherency;  /* b */
	double peak;			  /* the number of clients with the highest throughput; NAN: none within the range
							   * of the measurements */
	double error;			  /* standard deviation of the measurements around the curve, as a share of it */
	double limit;			  /* the throughput that more clients approach, for b = 0 and a > 0; else NAN */
} PkScalability;

/*
 * Fit the law to count measurements. False, and nothing is fitted, with fewer than
 * PK_SCALABILITY_LEVELS different numbers of clients, or where one of the values is not finite,
 * a number of clients is below 1, or a throughput not above 0. confidence: above 0 and below 1.
 */
extern bool pk_scalability_fit(const double *clients, const double *throughput, int count, double confidence,
							   PkScalability *fit);

/* The throughput of so many clients, by the law. */
extern double pk_scalability_throughput(const PkScalability *fit, double clients);

#endif /* PK_STATS_SCALABILITY_H */
