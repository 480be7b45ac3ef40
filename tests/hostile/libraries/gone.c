/* The library that unresolved-library.c needs and does not find. */
int carousel_gone(void);
int carousel_gone(void) { return 0; }
