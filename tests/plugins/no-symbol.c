/* A shared object of another kind. */
__attribute__((visibility("default"))) int carousel_plugins(void);

int carousel_plugins(void) { return 0; }
