/* Throws an exception through a host that is written in C. */
#include <stdexcept>

#include <carousel/cell.h>

static void forward(const car_step *) { throw std::runtime_error("the weights are not to my liking"); }
static void backward(const car_step *) {}

static void plan(car_plan *p)
{
    car_state(p, 0, "h");
    car_stage(p, forward, backward);
    car_gate(p, 0, "a", CAR_X | CAR_H, 0);
}

extern "C" CAR_PLUGIN("1.0", {"throws", "h = a", NULL, NULL, plan})
