/* suite.h - the table of all checks.  A new check is a function here and a row in suite.c.
 *
 * Every function looks at the case it is given and says what is wrong with it.
 */
#ifndef CAROUSEL_CHECK_SUITE_H
#define CAROUSEL_CHECK_SUITE_H

#include "check/case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct car_check {
    car_check_about about;
    const char *needs; /* the id of a check without which this one says nothing; or NULL */
    void (*run)(car_case *c);
} car_check;

extern const car_check car_checks[]; /* [car_check_count()] */

/* library.c */
void car_check_library_accepted(car_case *c);
void car_check_library_exports(car_case *c);
void car_check_library_needs(car_case *c);
void car_check_library_stack(car_case *c);
void car_check_library_text(car_case *c);
void car_check_library_path(car_case *c);
void car_check_library_same(car_case *c);
void car_check_library_time(car_case *c);

/* plans.c */
void car_check_plan_accepted(car_case *c);
void car_check_plan_deterministic(car_case *c);
void car_check_plan_widths(car_case *c);
void car_check_plan_large(car_case *c);
void car_check_plan_no_input(car_case *c);
void car_check_plan_stages(car_case *c);
void car_check_plan_locals(car_case *c);
void car_check_plan_reads_x(car_case *c);
void car_check_plan_states_used(car_case *c);
void car_check_plan_gates_used(car_case *c);
void car_check_plan_locals_used(car_case *c);
void car_check_plan_weights_used(car_case *c);
void car_check_plan_option_used(car_case *c);

/* twin.c */
void car_check_plan_twin(car_case *c);

/* kernels.c */
void car_check_forward_runs(car_case *c);
void car_check_forward_bounds(car_case *c);
void car_check_forward_dead_rows(car_case *c);
void car_check_forward_read_only(car_case *c);
void car_check_forward_states(car_case *c);
void car_check_forward_locals(car_case *c);
void car_check_forward_finite(car_case *c);
void car_check_forward_repeatable(car_case *c);
void car_check_forward_padding(car_case *c);
void car_check_forward_waste(car_case *c);
void car_check_forward_order(car_case *c);
void car_check_forward_split(car_case *c);
void car_check_forward_strides(car_case *c);
void car_check_forward_alignment(car_case *c);
void car_check_forward_time(car_case *c);
void car_check_backward_runs(car_case *c);
void car_check_backward_bounds(car_case *c);
void car_check_backward_dead_rows(car_case *c);
void car_check_backward_read_only(car_case *c);
void car_check_backward_gates(car_case *c);
void car_check_backward_finite(car_case *c);
void car_check_backward_adds_prev(car_case *c);
void car_check_backward_adds_local(car_case *c);
void car_check_backward_adds_x(car_case *c);
void car_check_backward_adds_weight(car_case *c);
void car_check_backward_linear(car_case *c);
void car_check_backward_repeatable(car_case *c);
void car_check_backward_padding(car_case *c);
void car_check_backward_waste(car_case *c);
void car_check_backward_order(car_case *c);
void car_check_backward_split(car_case *c);
void car_check_backward_strides(car_case *c);
void car_check_backward_alignment(car_case *c);
void car_check_backward_time(car_case *c);

/* hygiene.c */
void car_check_hygiene_output(car_case *c);
void car_check_hygiene_locale(car_case *c);
void car_check_hygiene_folder(car_case *c);
void car_check_hygiene_umask(car_case *c);
void car_check_hygiene_signals(car_case *c);
void car_check_hygiene_float(car_case *c);
void car_check_hygiene_environment(car_case *c);
void car_check_hygiene_files(car_case *c);
void car_check_hygiene_threads(car_case *c);
void car_check_hygiene_limits(car_case *c);
void car_check_hygiene_timers(car_case *c);
void car_check_hygiene_memory(car_case *c);

/* sequences.c */
void car_check_sequence_whole(car_case *c);
void car_check_sequence_steps(car_case *c);
void car_check_sequence_rows(car_case *c);
void car_check_sequence_long(car_case *c);
void car_check_threads_shards(car_case *c);
void car_check_gradients_one_step(car_case *c);
void car_check_gradients_two_steps(car_case *c);
void car_check_gradients_five_steps(car_case *c);
void car_check_gradients_ragged(car_case *c);
void car_check_gradients_every_state(car_case *c);

/* extremes.c */
void car_check_extremes_gates(car_case *c);
void car_check_extremes_states(car_case *c);
void car_check_extremes_zero(car_case *c);
void car_check_extremes_tiny(car_case *c);
void car_check_extremes_nan(car_case *c);

/* uses.c */
void car_check_storage_starts(car_case *c);
void car_check_storage_round_trip(car_case *c);
void car_check_learning_echo(car_case *c);
void car_check_speed_forward(car_case *c);
void car_check_speed_backward(car_case *c);

/* gradients.c */
void car_check_gradients_smooth(car_case *c);
void car_check_gradients_gates(car_case *c);
void car_check_gradients_states(car_case *c);
void car_check_gradients_weights(car_case *c);
void car_check_gradients_x(car_case *c);

#ifdef __cplusplus
}
#endif
#endif
