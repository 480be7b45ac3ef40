#include <stdio.h>

#include "cell/flow.h"
#include "tools/cell_jobs.h"

/* ---- words of the DOT language ------------------------------------------------------------- */

/* What may stand between quotes. */
static void print_quoted(const char *text)
{
    for (; *text != '\0'; text++)
        (void)printf("%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
}

static void print_node(const char *kind, int index, const char *name, const char *behind, int width, const char *style)
{
    (void)printf("  %s%d [label=\"", kind, index);
    print_quoted(name);
    (void)printf("%s\\n%d\", %s];\n", behind, width, style);
}

/* ---- nodes ------------------------------------------------------------------------------------ */

static void print_gates(const car_cell_plan *plan, int stage)
{
    (void)printf("  subgraph cluster%d {\n  label=\"stage %d\"; color=gray;\n", stage, stage);
    for (int g = 0; g < plan->n_gates; g++)
        if (plan->gate[g].stage == stage)
            print_node("gate", g, plan->gate[g].name, plan->gate[g].has_bias ? " + b" : "", plan->gate[g].width,
                       "shape=box");
    (void)printf("  stage%d [label=\"kernel\", shape=ellipse];\n  }\n", stage);
}

static void print_nodes(const car_cell_plan *plan)
{
    if (plan->input > 0)
        print_node("x", 0, "x", "", plan->input, "shape=plaintext");
    for (int k = 0; k < plan->n_states; k++) {
        print_node("prev", k, plan->state[k].name, "'", plan->state[k].width, "shape=plaintext");
        print_node("next", k, plan->state[k].name, k == 0 ? " (output)" : "", plan->state[k].width, "shape=plaintext");
    }
    for (int k = 0; k < plan->n_locals; k++)
        print_node("local", k, plan->local[k].name, "", plan->local[k].width, "shape=box, style=rounded");
    for (int k = 0; k < plan->n_weights; k++)
        print_node("weight", k, plan->weight[k].name, "", plan->weight[k].width, "shape=diamond");
    for (int stage = 0; stage < plan->n_stages; stage++)
        print_gates(plan, stage);
}

/* ---- edges ------------------------------------------------------------------------------------ */

static void print_feeds(const car_cell_plan *plan, int gate)
{
    uint32_t feeds = plan->gate[gate].feeds;
    if ((feeds & CAR_X) != 0)
        (void)printf("  x0 -> gate%d;\n", gate);
    for (int k = 0; k < plan->n_states; k++)
        if ((feeds & CAR_STATE(k)) != 0)
            (void)printf("  prev%d -> gate%d;\n", k, gate);
    for (int k = 0; k < plan->n_locals; k++)
        if ((feeds & CAR_LOCAL(k)) != 0)
            (void)printf("  local%d -> gate%d;\n", k, gate);
}

static void print_read(const char *kind, uint64_t bits, int stage)
{
    for (int k = 0; k < 64; k++)
        if ((bits >> k & 1) != 0)
            (void)printf("  %s%d -> stage%d [style=dashed];\n", kind, k, stage);
}

static void print_written(const char *kind, uint32_t bits, int stage)
{
    for (int k = 0; k < 32; k++)
        if ((bits >> k & 1) != 0)
            (void)printf("  stage%d -> %s%d [style=dashed];\n", stage, kind, k);
}

static void print_stage(const car_cell_plan *plan, int stage, const car_stage_flow *flow)
{
    for (int g = 0; g < plan->n_gates; g++)
        if (plan->gate[g].stage == stage) {
            print_feeds(plan, g);
            (void)printf("  gate%d -> stage%d [style=dashed];\n", g, stage);
        }
    print_read("x", flow->x, stage);
    print_read("prev", flow->states, stage);
    print_read("gate", flow->gates, stage);
    print_read("local", flow->locals, stage);
    print_read("weight", flow->weights, stage);
    print_written("local", flow->made, stage);
    print_written("next", flow->next, stage);
}

static void print_graph(const car_cell_plan *plan)
{
    car_stage_flow flow[CAR_MAX_STAGES];
    car_cell_flow_find(plan, flow);
    (void)printf("digraph \"");
    print_quoted(plan->cell->name);
    (void)printf("\" {\n  label=\"");
    print_quoted(plan->cell->name);
    (void)printf("\\nsolid: through a matrix; dashed: element by element; ': one step before\";\n"
                 "  node [fontsize=11];\n");
    print_nodes(plan);
    for (int stage = 0; stage < plan->n_stages; stage++)
        print_stage(plan, stage, &flow[stage]);
    (void)puts("}");
}

int run_cell_graph(const car_options *options, car_error *e)
{
    car_cells *cells = car_cells_of_options(options);
    car_cell_plan *plan = car_cell_plan_of_options(cells, car_options_operand(options, 1), options, NULL, e);
    if (plan != NULL)
        print_graph(plan);
    car_cell_plan_free(plan);
    car_cells_free(cells);
    return plan != NULL ? CAR_EXIT_DONE : e->code;
}
