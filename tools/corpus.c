#include <string.h>

#include "base/log.h"
#include "corpora/agreement.h"
#include "tools/commands.h"

int run_corpus(car_options *options, car_error *e)
{
    bool known = car_options_operand_count(options) == 3 && strcmp(car_options_operand(options, 0), "generate") == 0 &&
                 strcmp(car_options_operand(options, 1), "agreement") == 0;
    if (!known) {
        (void)car_error_set(e, CAR_EXIT_USAGE, "what can be made is `carousel corpus generate agreement DIR`");
        return e->code;
    }
    const char *folder = car_options_operand(options, 2);
    if (!car_agreement_write(folder, (uint64_t)car_options_count(options, "seed"), car_options_count(options, "train"),
                             car_options_count(options, "valid"), car_options_count(options, "test"), e))
        return e->code;
    car_log(CAR_LOG_INFO, "[corpus] train, valid and test (.en and .cs) are in %s", folder);
    return CAR_EXIT_DONE;
}
