/* trial.h - tries one plugin, in a process that has nothing else to do.
 *
 * The child's side of probe.h: what the program lib/carousel/probe does.  It loads
 * the plugin as the loader will, asks it, makes the plan of every cell at a small
 * size, runs the kernels forward and backward a few times, looks after each whether
 * the process is still as it was (process_state.h), and ends.  What it is about and
 * what it found stands in memory that it shares with its parent, so that nothing is
 * lost when it crashes, ends or hangs.
 */
#ifndef CAROUSEL_CELL_TRIAL_H
#define CAROUSEL_CELL_TRIAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_trial_report {
    char place[160];  /* what it is about: "in the plan of cell lstm" */
    char fault[1024]; /* what was found, "" if nothing was            */
    int32_t passing;  /* not to be remembered: no crime, or not of the file alone */
    int32_t finished; /* nothing was left to try                      */
} car_trial_report;

enum {
    /* descriptors the child is started with, beside standard output and error, which are files */
    CAR_TRIAL_REPORT = 3, /* a file of the size of car_trial_report */
    CAR_TRIAL_ALIVE = 4,  /* held open and not used: it closes with the process */
    CAR_TRIAL_FILES,

    CAR_TRIAL_SECONDS = 1,       /* of processor time     */
    CAR_TRIAL_WRITTEN = 1 << 20, /* bytes to any one file */
};

/* The main function of the probe: "probe PLUGIN". */
int car_trial_main(int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
