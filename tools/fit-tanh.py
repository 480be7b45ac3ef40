#!/usr/bin/env python3
"""The coefficients of core/include/carousel/cell_math.h, lowest power first.

Fits q of degree 4, by Remez exchange, to the least relative error of
    1 + r + r^2 q(r)  as  exp(r)               for |r| <= ln 2 / 2     (car_exp)
        r + r^2 q(r)  as  (exp(2r) - 1) / 2    for |r| <= ln 2 / 4     (car_tanh)
Needs mpmath.
"""
from mpmath import cos, exp, expm1, log, lu_solve, matrix, mp, mpf, pi

mp.dps = 40
DEGREE, GRID = 4, 3001


def fit(whole, rest, limit):
    """q with r^2 q(r) next to rest(r), relative to whole(r), and the error."""
    unknowns = DEGREE + 2
    grid = [limit * (2 * mpf(i) / GRID - 1) for i in range(GRID + 1)]
    points = [-limit * cos(pi * (mpf(i) + mpf("0.5")) / unknowns) for i in range(unknowns)]
    while True:
        system, right = matrix(unknowns, unknowns), matrix(unknowns, 1)
        for row, r in enumerate(points):
            for power in range(DEGREE + 1):
                system[row, power] = r ** (power + 2) / abs(whole(r))
            system[row, DEGREE + 1] = (-1) ** row
            right[row] = rest(r) / abs(whole(r))
        solution = lu_solve(system, right)
        q = [solution[power] for power in range(DEGREE + 1)]
        errors = [(sum(c * r ** (k + 2) for k, c in enumerate(q)) - rest(r)) / abs(whole(r)) for r in grid]
        # The largest error of each sign in turn is where the next round looks.
        peaks = [0]
        for i, error in enumerate(errors):
            if (error > 0) != (errors[peaks[-1]] > 0):
                peaks.append(i)
            elif abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = i
        while len(peaks) > unknowns:
            peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
        points = [grid[i] for i in peaks]
        worst = max(map(abs, errors))
        if worst < abs(solution[DEGREE + 1]) * mpf("1.001"):
            return q, worst


half = log(2) / 2 * mpf("1.0001")  # rounding to n is not exact
for name, whole, rest, limit in (
    ("exp", exp, lambda r: expm1(r) - r, half),
    ("tanh", lambda r: expm1(2 * r) / 2, lambda r: expm1(2 * r) / 2 - r, half / 2),
):
    q, worst = fit(whole, rest, limit)
    print(name, " ".join("%.9g" % float(c) for c in q), " relative error %.1e" % float(worst))
