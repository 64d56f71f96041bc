/*
 * counter.h
 *	  Counter-based random numbers: a value is a function of (seed, table, column, row) only.
 *
 * With a sequential generator, row i would depend on all rows before it, and therefore on batch
 * sizes, slices and the number of processes. Here each column of each table has a stream of its
 * own, and row i's number in it is computed directly: the stream is splitmix64 (Steele, Lea, Flood:
 * "Fast splittable pseudorandom number generators", OOPSLA 2014; finalizer constants by David
 * Stafford, variant 13), whose state after i steps is key + i * gamma.
 *
 * All arithmetic is on unsigned 64-bit integers modulo 2^64, so results are the same on every
 * platform. Nothing here uses the server: the unit tests compile this directory alone.
 */
#ifndef PK_RANDOM_COUNTER_H
#define PK_RANDOM_COUNTER_H

#include <stdint.h>

typedef struct PkStream
{
	uint64_t key;
} PkStream;

/*
 * splitmix64's output function: a bijection of 64-bit words whose every output bit depends on every
 * input bit.
 */
static inline uint64_t
pk_mix64(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/*
 * The stream of one column. The workload chooses table and column numbers, which never change once
 * released.
 */
static inline PkStream
pk_stream(uint64_t seed, uint32_t table, uint32_t column)
{
	PkStream stream;
	uint64_t place = ((uint64_t) table << 32) | column;

	stream.key = pk_mix64(pk_mix64(seed + UINT64_C(0x9e3779b97f4a7c15)) ^
						  pk_mix64(place + UINT64_C(0xd1b54a32d192ed03)));
	return stream;
}

/* 64 uniform bits for a row of a stream. */
static inline uint64_t
pk_draw(PkStream stream, uint64_t row)
{
	return pk_mix64(stream.key + (row + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

/*
 * A number in [0, n) from the upper half of a draw (n >= 1), by multiply and shift: no division, no
 * loop. The bias is below n / 2^32, which is 1 in 4 million for n = 1000. The lower half of the
 * same draw stays unused and may feed pk_below_low() where a row needs two independent small
 * numbers.
 */
static inline uint32_t
pk_below(uint64_t draw, uint32_t n)
{
	return (uint32_t) (((draw >> 32) * n) >> 32);
}

static inline uint32_t
pk_below_low(uint64_t draw, uint32_t n)
{
	return (uint32_t) (((draw & UINT64_C(0xffffffff)) * n) >> 32);
}

/*
 * Bijection of the integers below 2^bits (2 <= bits <= 64), different for every key: distinct rows
 * get distinct values without state and without retries. x must be below 2^bits. Each step (add,
 * odd multiply, xor with a right shift, all modulo 2^bits) is invertible.
 */
static inline uint64_t
pk_permute_bits(uint64_t key, uint64_t x, unsigned bits)
{
	uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	unsigned half = bits / 2;

	x = (x + key) & mask;
	x = (x * UINT64_C(0xbf58476d1ce4e5b9)) & mask;
	x ^= x >> half;
	x = (x + (key >> 32)) & mask;
	x = (x * UINT64_C(0x94d049bb133111eb)) & mask;
	x ^= x >> half;
	x = (x * UINT64_C(0xd6e8feb86659fd93)) & mask;
	return x ^ (x >> half);
}

/* The inverse of pk_permute_bits(). */
extern uint64_t pk_unpermute_bits(uint64_t key, uint64_t y, unsigned bits);

/* A UUID as laid out by RFC 9562: 16 bytes, most significant first. */
typedef struct PkUuid
{
	unsigned char byte[16];
} PkUuid;

/*
 * Version 4 UUID of a row: distinct for distinct rows below 2^62 (its low 62 random bits are a
 * permutation of the row number), and random in appearance.
 */
extern void pk_uuid(PkStream stream, uint64_t row, PkUuid *result);

/* The row that has this UUID in the stream, or -1: rows can be identified by their keys alone. */
extern int64_t pk_uuid_row(PkStream stream, const PkUuid *uuid);

/*
 * Shuffle of [0, n), the same for every caller with the same stream. order must have room for n
 * entries.
 */
extern void pk_shuffle(PkStream stream, uint32_t n, uint32_t *order);

#endif /* PK_RANDOM_COUNTER_H */
