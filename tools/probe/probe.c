/* probe - tries a plugin for the loader, which starts it by itself (cell/probe.h). */
#include "cell/trial.h"

/* Where AddressSanitizer is built in: a crash is to end us with its signal, and what
 * a plugin has not given back by the end is not looked for. */
#if defined(__SANITIZE_ADDRESS__)
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
           "use_sigaltstack=0:abort_on_error=1";
}
#endif

int main(int argc, char **argv) { return car_trial_main(argc, argv); }
