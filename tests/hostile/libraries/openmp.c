/* An OpenMP run-time as far as second-openmp.c needs one. */
int omp_get_max_threads(void);
int omp_get_max_threads(void) { return 1; }
