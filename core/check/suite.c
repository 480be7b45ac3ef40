#include "check/suite.h"

#include <string.h>

#define OF_FILE CAR_CHECK_FILE
#define ONCE CAR_CHECK_ONCE
#define LOADS CAR_CHECK_LOADS
#define TWIN CAR_CHECK_TWIN

const car_check car_checks[] = {
    {{"library.accepted", "the loader accepts the file: owner, format, symbols, magic block, names, options", OF_FILE},
     NULL,
     car_check_library_accepted},
    {{"library.exports", "the file exports carousel_plugin and nothing else", OF_FILE},
     "library.accepted",
     car_check_library_exports},
    {{"library.needs", "it needs no library but libc and libm", OF_FILE}, "library.accepted", car_check_library_needs},
    {{"library.stack", "it does not ask for a stack that holds code", OF_FILE},
     "library.accepted",
     car_check_library_stack},
    {{"library.text", "its code is position independent", OF_FILE}, "library.accepted", car_check_library_text},
    {{"library.path", "it has no path of its own to look for libraries in", OF_FILE},
     "library.accepted",
     car_check_library_path},
    {{"library.same", "loaded again, it is the same", OF_FILE}, "library.accepted", car_check_library_same},
    {{"library.time", "it loads in less than 100 ms", OF_FILE}, "library.accepted", car_check_library_time},

    {{"plan.accepted", "the plan is accepted for usual widths", 0}, "library.accepted", car_check_plan_accepted},
    {{"plan.deterministic", "asked twice, the plan is the same", 0}, "plan.accepted", car_check_plan_deterministic},
    {{"plan.widths", "every width is accepted, or refused with a message", 0}, "plan.accepted", car_check_plan_widths},
    {{"plan.large", "the largest widths do no harm", 0}, "plan.accepted", car_check_plan_large},
    {{"plan.no-input", "a cell without input is refused, or does without x", 0},
     "backward.runs",
     car_check_plan_no_input},
    {{"plan.stages", "every stage has gates", 0}, "plan.accepted", car_check_plan_stages},
    {{"plan.locals", "a gate is fed by locals of earlier stages only", 0}, "forward.runs", car_check_plan_locals},
    {{"plan.reads-x", "kernels read x if, and only if, the plan says so", 0}, "forward.runs", car_check_plan_reads_x},
    {{"plan.states-used", "every state but the output is read", 0}, "forward.runs", car_check_plan_states_used},
    {{"plan.gates-used", "on every gate something depends", 0}, "forward.runs", car_check_plan_gates_used},
    {{"plan.locals-used", "every local is read", 0}, "backward.runs", car_check_plan_locals_used},
    {{"plan.weights-used", "on every weight something depends", 0}, "forward.runs", car_check_plan_weights_used},
    {{"plan.option-used", "every option makes a difference", 0}, "forward.runs", car_check_plan_option_used},
    {{"plan.twin", "the twin with 64-bit reals declares and computes the same", 0},
     "backward.runs",
     car_check_plan_twin},

    {{"forward.runs", "the forward kernels come to an end", 0}, "plan.accepted", car_check_forward_runs},
    {{"forward.bounds", "they write within their panels", 0}, "forward.runs", car_check_forward_bounds},
    {{"forward.dead-rows", "they leave rows alone that are not theirs", 0},
     "forward.runs",
     car_check_forward_dead_rows},
    {{"forward.read-only", "they leave x, old states, weights and gates of other stages alone", 0},
     "forward.runs",
     car_check_forward_read_only},
    {{"forward.states", "they write every unit of every new state", 0}, "forward.runs", car_check_forward_states},
    {{"forward.locals", "they write every unit of every local", 0}, "forward.runs", car_check_forward_locals},
    {{"forward.finite", "from ordinary numbers they make numbers", 0}, "forward.runs", car_check_forward_finite},
    {{"forward.repeatable", "the same step gives the same bits, whatever ran between", 0},
     "forward.runs",
     car_check_forward_repeatable},
    {{"forward.padding", "nothing depends on what lies between the rows", 0},
     "forward.runs",
     car_check_forward_padding},
    {{"forward.waste", "nothing depends on what stood where they write", 0}, "forward.runs", car_check_forward_waste},
    {{"forward.order", "rows in another order give the same bits", 0}, "forward.runs", car_check_forward_order},
    {{"forward.split", "a part of the batch, or one row alone, gives the same bits", 0},
     "forward.runs",
     car_check_forward_split},
    {{"forward.strides", "nothing depends on how far apart rows lie", 0}, "forward.runs", car_check_forward_strides},
    {{"forward.alignment", "nothing depends on the addresses of rows", 0}, "forward.runs", car_check_forward_alignment},
    {{"forward.time", "nothing depends on the number of the step", 0}, "forward.runs", car_check_forward_time},

    {{"backward.runs", "the backward kernels come to an end", 0}, "forward.runs", car_check_backward_runs},
    {{"backward.bounds", "they write within their panels", 0}, "backward.runs", car_check_backward_bounds},
    {{"backward.dead-rows", "they leave rows alone that are not theirs", 0},
     "backward.runs",
     car_check_backward_dead_rows},
    {{"backward.read-only", "they leave what forward made and what arrives alone", 0},
     "backward.runs",
     car_check_backward_read_only},
    {{"backward.gates", "they write every unit of d_gate of their stage", 0},
     "backward.runs",
     car_check_backward_gates},
    {{"backward.finite", "from ordinary numbers they make numbers", 0}, "backward.runs", car_check_backward_finite},
    {{"backward.adds-prev", "they add to d_prev", 0}, "backward.runs", car_check_backward_adds_prev},
    {{"backward.adds-local", "they add to d_local of earlier stages", 0},
     "backward.runs",
     car_check_backward_adds_local},
    {{"backward.adds-x", "they add to d_x", 0}, "backward.runs", car_check_backward_adds_x},
    {{"backward.adds-weight", "they add to d_weight", 0}, "backward.runs", car_check_backward_adds_weight},
    {{"backward.linear", "twice as much arriving gives twice as much", 0}, "backward.runs", car_check_backward_linear},
    {{"backward.repeatable", "the same step gives the same bits, whatever ran between", 0},
     "backward.runs",
     car_check_backward_repeatable},
    {{"backward.padding", "nothing depends on what lies between the rows", 0},
     "backward.runs",
     car_check_backward_padding},
    {{"backward.waste", "nothing depends on what stood in d_gate", 0}, "backward.runs", car_check_backward_waste},
    {{"backward.order", "rows in another order give the same bits", 0}, "backward.runs", car_check_backward_order},
    {{"backward.split", "a part of the batch, or one row alone, gives the same bits", 0},
     "backward.runs",
     car_check_backward_split},
    {{"backward.strides", "nothing depends on how far apart rows lie", 0}, "backward.runs", car_check_backward_strides},
    {{"backward.alignment", "nothing depends on the addresses of rows", 0},
     "backward.runs",
     car_check_backward_alignment},
    {{"backward.time", "nothing depends on the number of the step", 0}, "backward.runs", car_check_backward_time},

    {{"extremes.gates", "affine parts of gates far out make numbers, forward and backward", 0},
     "backward.runs",
     car_check_extremes_gates},
    {{"extremes.states", "so do states and input far out", 0}, "backward.runs", car_check_extremes_states},
    {{"extremes.zero", "so do zeros everywhere", 0}, "backward.runs", car_check_extremes_zero},
    {{"extremes.tiny", "so do the smallest numbers", 0}, "backward.runs", car_check_extremes_tiny},
    {{"extremes.nan", "a NaN stays in its row", 0}, "backward.runs", car_check_extremes_nan},

    {{"sequence.whole", "after a sequence all that is to be written is", 0}, "backward.runs", car_check_sequence_whole},
    {{"sequence.steps", "a sequence gives the same bits as its steps", 0}, "backward.runs", car_check_sequence_steps},
    {{"sequence.rows", "a sequence alone gives the same bits as in a batch", 0},
     "backward.runs",
     car_check_sequence_rows},
    {{"sequence.long", "hundreds of steps do not run away", ONCE}, "backward.runs", car_check_sequence_long},

    {{"threads.shards", "eight shards on four threads give the same bits as one after the other", 0},
     "backward.runs",
     car_check_threads_shards},

    {{"storage.starts", "starting values are usable and repeatable", 0}, "plan.accepted", car_check_storage_starts},
    {{"storage.round-trip", "saved, loaded and saved again it is the same", 0},
     "forward.runs",
     car_check_storage_round_trip},

    {{"learning.echo", "it learns to say what came one step before", ONCE}, "sequence.whole", car_check_learning_echo},

    {{"speed.forward", "the forward kernels are not much slower than those of lstm", ONCE},
     "backward.runs",
     car_check_speed_forward},
    {{"speed.backward", "nor are the backward kernels", ONCE}, "backward.runs", car_check_speed_backward},

    {{"gradients.accepted", "the loader accepts the twin with 64-bit reals", TWIN | OF_FILE},
     NULL,
     car_check_library_accepted},
    {{"gradients.smooth", "the twin is exact enough, and smooth enough, for central differences", TWIN},
     "gradients.accepted",
     car_check_gradients_smooth},
    {{"gradients.gates", "the gradient of every gate is right, from every state and local", TWIN},
     "gradients.smooth",
     car_check_gradients_gates},
    {{"gradients.states", "so is that of every old state", TWIN}, "gradients.smooth", car_check_gradients_states},
    {{"gradients.weights", "so is that of every weight", TWIN}, "gradients.smooth", car_check_gradients_weights},
    {{"gradients.x", "so is that of x, where kernels read it", TWIN}, "gradients.smooth", car_check_gradients_x},
    {{"gradients.one-step", "those of all parameters, x and initial states are right over one step", TWIN},
     "gradients.gates",
     car_check_gradients_one_step},
    {{"gradients.two-steps", "so they are over two steps", TWIN}, "gradients.gates", car_check_gradients_two_steps},
    {{"gradients.five-steps", "so they are over five steps", TWIN}, "gradients.gates", car_check_gradients_five_steps},
    {{"gradients.ragged", "so they are for sequences of different lengths", TWIN},
     "gradients.gates",
     car_check_gradients_ragged},
    {{"gradients.every-state", "so they are when something arrives at every state of every step", TWIN},
     "gradients.gates",
     car_check_gradients_every_state},

    {{"hygiene.output", "nothing is printed", LOADS}, "backward.runs", car_check_hygiene_output},
    {{"hygiene.locale", "the locale stays", LOADS}, "backward.runs", car_check_hygiene_locale},
    {{"hygiene.folder", "the working folder stays", LOADS}, "backward.runs", car_check_hygiene_folder},
    {{"hygiene.umask", "the file mode mask stays", LOADS}, "backward.runs", car_check_hygiene_umask},
    {{"hygiene.signals", "signals are handled as before", LOADS}, "backward.runs", car_check_hygiene_signals},
    {{"hygiene.float", "rounding and small numbers are treated as before", LOADS},
     "backward.runs",
     car_check_hygiene_float},
    {{"hygiene.environment", "the environment stays", LOADS}, "backward.runs", car_check_hygiene_environment},
    {{"hygiene.files", "no file stays open", LOADS}, "backward.runs", car_check_hygiene_files},
    {{"hygiene.threads", "no thread is started", LOADS}, "backward.runs", car_check_hygiene_threads},
    {{"hygiene.limits", "the limits of the process stay", LOADS}, "backward.runs", car_check_hygiene_limits},
    {{"hygiene.timers", "no timer is set", LOADS}, "backward.runs", car_check_hygiene_timers},
    {{"hygiene.memory", "kernels leave no memory behind", 0}, "backward.runs", car_check_hygiene_memory},
};

int car_check_count(void) { return (int)(sizeof car_checks / sizeof *car_checks); }

car_check_about car_check_at(int index)
{
    CAR_REQUIRE(index >= 0 && index < car_check_count());
    return car_checks[index].about;
}

bool car_check_is_named(const char *id, const char *pattern)
{
    size_t length = strlen(pattern);
    return strncmp(id, pattern, length) == 0 && (id[length] == '\0' || id[length] == '.');
}

const char *car_verdict_name(car_verdict verdict)
{
    static const char *const names[] = {"passed", "warned", "failed", "not run"};
    return names[verdict];
}
