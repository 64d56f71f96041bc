/*
 * marketplace_places.c
 *	  Where the marketplace's programs are: around five postcodes of Sydney, dense in the centre.
 *
 * Places are computed in whole units of 10^-7 degrees, so that they do not depend on a math
 * library. A place is the postcode's centre plus a point of a square, drawn towards the centre by a
 * factor that both coordinates share: with a uniform factor the density falls with the distance,
 * with a product of two it falls faster. Points that would lie in the Pacific are reflected to the
 * land.
 */
#include "postgres.h"

#include "workloads/marketplace.h"

const char *const pk_postcodes[PK_POSTCODES] = {"2000", "2001", "2010", "2020", "2030"};

/* Sydney's centre, its General Post Office, Surry Hills, Mascot and Vaucluse. */
static const PkPlace centres[PK_POSTCODES] = {
	{1512093000, -338688000},
	{1512073000, -338679000},
	{1512111000, -338861000},
	{1511931000, -339264000},
	{1512792000, -338583000},
};

/* Shares of the postcodes, of 20. */
static const uint8 postcode_of[20] = {0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4};

/* Metres in one degree at the latitude of Sydney. */
#define METRES_OF_LATITUDE 110925
#define METRES_OF_LONGITUDE 92530

/* Half the side of the squares, in metres; the corners of the largest are 54 km away. */
#define NEAR_METRES 4000
#define SUBURBAN_METRES 25000
#define FAR_METRES 38000

/* The coast runs from north-north-east to south-south-west through this point. */
#define COAST_LONGITUDE 1512900000
#define COAST_LATITUDE (-338600000)

uint32
pk_market_postcode(uint64 draw)
{
	return postcode_of[pk_below(draw, lengthof(postcode_of))];
}

PkPlace
pk_market_place(uint32 postcode, uint64 draw, uint64 skew)
{
	/* both coordinates from -2^24 to 2^24, the factor from 0 to 2^16 */
	int64 x = (int64) (draw >> 39) - (INT64CONST(1) << 24);
	int64 y = (int64) ((draw << 32) >> 39) - (INT64CONST(1) << 24);
	int64 u = (int64) ((skew >> 16) & 0xffff) + 1;
	int64 v = (int64) (skew & 0xffff) + 1;
	uint32 kind = pk_below(skew, 10);
	int64 metres;
	int64 factor;
	int64 coast;
	PkPlace place;

	if (kind < 5)
	{
		metres = NEAR_METRES;
		factor = (u * v) >> 16;
	}
	else if (kind < 8)
	{
		metres = SUBURBAN_METRES;
		factor = u;
	}
	else
	{
		metres = FAR_METRES;
		factor = 0x4000 + u / 4 * 3; /* a quarter of the way at least */
	}

	/* to millimetres, then to units; no product exceeds 2^58 */
	x = x * metres / 256 * factor * 1000 / (INT64CONST(1) << 32);
	y = y * metres / 256 * factor * 1000 / (INT64CONST(1) << 32);
	place.longitude = centres[postcode].longitude + x * 10000 / METRES_OF_LONGITUDE;
	place.latitude = centres[postcode].latitude + y * 10000 / METRES_OF_LATITUDE;

	coast = COAST_LONGITUDE + (place.latitude - COAST_LATITUDE) / 2;
	if (place.longitude > coast)
		place.longitude = 2 * coast - place.longitude;
	return place;
}
