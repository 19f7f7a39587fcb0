#ifndef CEMBEDDING_H
#define CEMBEDDING_H
#include <stddef.h>

/// What one point of a map feels of all others, added to five sums: Σw, Σp·w·Δx, Σp·w·Δy, Σw²·Δx and
/// Σw²·Δy, with Δ from the other point to this one and w = 1/(1 + Δx² + Δy²).
///
/// The order of the sums is the same on every processor. The point itself, whose Δ is 0, counts 1 to Σw.
///
/// @param joint  how likely the others are its neighbours, p.
/// @param xs, ys  coordinates of all points.
/// @param x, y  those of this one.
/// @param count  how many points there are.
void embedding_forces(
    const double *joint, const double *xs, const double *ys, double x, double y, size_t count,
    double sums[5]);
#endif
