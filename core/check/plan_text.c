#include "check/plan_text.h"

#include <string.h>

void car_plan_text(const car_cell_plan *plan, car_string *text)
{
    car_cell_plan_describe(plan, text);
    for (int g = 0; g < plan->n_gates; g++)
        car_string_format(text, "gate %s starts with a bias of %.17g\n", plan->gate[g].name, plan->gate[g].bias);
    for (int i = 0; i < plan->n_inits; i++)
        car_string_format(text, "gate %d, feeds %u: pattern %d, scale %.17g\n", plan->inits[i].gate,
                          plan->inits[i].feeds, (int)plan->inits[i].init, plan->inits[i].scale);
    for (int w = 0; w < plan->n_weights; w++)
        car_string_format(text, "weight %s: pattern %d, scale %.17g\n", plan->weight[w].name, (int)plan->weight[w].init,
                          plan->weight[w].scale);
    car_string_format(text, "%s x\n", plan->reads_x ? "reads" : "does not read");
}

const char *car_plan_text_difference(const char *a, const char *b, int *length)
{
    while (*a != '\0' && strcspn(a, "\n") == strcspn(b, "\n") && strncmp(a, b, strcspn(a, "\n")) == 0) {
        a += strcspn(a, "\n") + (a[strcspn(a, "\n")] == '\n');
        b += strcspn(b, "\n") + (b[strcspn(b, "\n")] == '\n');
    }
    *length = (int)strcspn(*a != '\0' ? a : b, "\n");
    return *a == '\0' && *b == '\0' ? NULL : *a != '\0' ? a : b;
}
