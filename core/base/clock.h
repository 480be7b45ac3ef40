/* clock.h - how long something takes.  Only differences of what one of these says mean
 * anything.
 */
#ifndef CAROUSEL_BASE_CLOCK_H
#define CAROUSEL_BASE_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds, whatever the time of day is set to. */
double car_clock(void);

/* Seconds that this thread has been running: what other programs take does not count. */
double car_clock_of_thread(void);

#ifdef __cplusplus
}
#endif
#endif
