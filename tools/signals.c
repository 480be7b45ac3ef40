#include "tools/signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stop_signal, save_asked;

static void note_stop(int number)
{
    if (number == SIGINT && stop_signal == SIGINT) {
        (void)signal(SIGINT, SIG_DFL);
        (void)raise(SIGINT);
    }
    stop_signal = number;
}

static void note_save(int number)
{
    (void)number;
    save_asked = 1;
}

void car_signals_catch(void)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU};
    struct sigaction action = {.sa_handler = note_stop, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct sigaction before;
        bool ignored = sigaction(stops[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN; /* nohup */
        if (!ignored)
            (void)sigaction(stops[i], &action, NULL);
    }
    action.sa_handler = note_save;
    (void)sigaction(SIGUSR1, &action, NULL);
}

void car_signals_ignore_pipe(void) { (void)signal(SIGPIPE, SIG_IGN); }

int car_signals_stop(void) { return stop_signal; }

bool car_signals_take_save(void)
{
    bool asked = save_asked != 0;
    save_asked = 0;
    return asked;
}
