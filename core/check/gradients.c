/* Gradients of the kernels against central differences, one step at a time. */
#include <string.h>

#include "check/diagnosis.h"
#include "check/suite.h"

/* 4 and 4: an input as wide as the cell is another cell for some. */
static const struct {
    int input, hidden;
} sizes[] = {{4, 4}, {3, 5}};
enum { SIZES = sizeof sizes / sizeof *sizes, DRAWS = 3 };

/* Fails with a diagnosis for every tensor of this role that does not agree. */
static void check(car_case *c, car_role role)
{
    for (int i = 0; i < SIZES && !car_case_failed(c); i++) {
        car_step_gradients *g = car_step_gradients_new(c, sizes[i].input, sizes[i].hidden, 0);
        car_string text = {0};
        for (int t = 0; g != NULL && t < g->n_tensors; t++) {
            if (g->tensor[t].role != role || car_step_tensor_agrees(g, &g->tensor[t], -1))
                continue;
            car_string_add_text(&text, text.length > 0 ? "\n" : "");
            car_diagnose(g, &g->tensor[t], &text);
        }
        if (text.length > 0)
            car_case_fail(c, "%s", text.at);
        car_string_clear(&text);
        car_step_gradients_free(g);
    }
}

void car_check_gradients_gates(car_case *c) { check(c, CAR_AT_D_GATE); }
void car_check_gradients_states(car_case *c) { check(c, CAR_AT_D_PREV); }
void car_check_gradients_weights(car_case *c) { check(c, CAR_AT_D_WEIGHT); }
void car_check_gradients_x(car_case *c) { check(c, CAR_AT_D_X); }

/* Kinks are allowed where few numbers meet them. */
void car_check_gradients_smooth(car_case *c)
{
    int rough = 0, n = 0;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        car_step_gradients *g = car_step_gradients_new(c, sizes[1].input, sizes[1].hidden, draw);
        if (g == NULL)
            return;
        rough += g->rough;
        n += g->n;
        car_step_gradients_free(g);
    }
    if (rough > n / 20)
        car_case_fail(c,
                      "%d of %d gradients cannot be measured, because the forward kernels are not smooth: shorter "
                      "steps give other slopes. Does the 64-bit twin compute with 32 bits somewhere (tanhf, a cast to "
                      "float), or round, or compare?",
                      rough, n);
}
