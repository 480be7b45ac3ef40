#include "corpora/agreement_words.h"

#include <stddef.h>

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

#define M CAR_ANIMATE
#define I CAR_INANIMATE
#define F CAR_FEMININE
#define N CAR_NEUTER

enum {
    FOLK = CAR_HUMAN | CAR_STRANGER,
    ADULT = CAR_AGED | CAR_YOUNG,
    TEXT = CAR_OBJECT | CAR_AGED | CAR_READABLE | CAR_MINE,
    BUILDING = CAR_BUILDING | CAR_AGED | CAR_SMALL | CAR_STRANGER,
    VEHICLE = CAR_VEHICLE | CAR_AGED,
    BEAST = CAR_ANIMAL | CAR_AGED | CAR_YOUNG | CAR_SMALL
};

/* clang-format off */
const car_noun car_agreement_nouns[] = {
    {{"king", "kings"},               {"král", "králové"},       NULL,      {M, M}, "he",  FOLK | ADULT},
    {{"queen", "queens"},             {"královna", "královny"},  NULL,      {F, F}, "she", FOLK | ADULT},
    {{"father", "fathers"},           {"otec", "otcové"},        NULL,      {M, M}, "he",  CAR_HUMAN | ADULT | CAR_KIN | CAR_MINE_ONCE},
    {{"mother", "mothers"},           {"matka", "matky"},        NULL,      {F, F}, "she", CAR_HUMAN | ADULT | CAR_KIN | CAR_MINE_ONCE},
    {{"brother", "brothers"},         {"bratr", "bratři"},       NULL,      {M, M}, "he",  CAR_HUMAN | CAR_SMALL | CAR_KIN | CAR_MINE},
    {{"sister", "sisters"},           {"sestra", "sestry"},      NULL,      {F, F}, "she", CAR_HUMAN | CAR_SMALL | CAR_KIN | CAR_MINE},
    {{"grandmother", "grandmothers"}, {"babička", "babičky"},    NULL,      {F, F}, "she", CAR_HUMAN | CAR_AGED | CAR_KIN | CAR_MINE_ONCE},
    {{"boy", "boys"},                 {"chlapec", "chlapci"},    NULL,      {M, M}, "he",  CAR_HUMAN | CAR_SMALL | CAR_STRANGER},
    {{"girl", "girls"},               {"děvče", "děvčata"},      NULL,      {N, N}, "she", CAR_HUMAN | CAR_SMALL | CAR_STRANGER},
    {{"child", "children"},           {"dítě", "děti"},          NULL,      {N, F}, "it",  CAR_HUMAN | CAR_SMALL | CAR_KIN | CAR_MINE},
    {{"soldier", "soldiers"},         {"voják", "vojáci"},       NULL,      {M, M}, "he",  FOLK | ADULT},
    {{"baker", "bakers"},             {"pekař", "pekaři"},       NULL,      {M, M}, "he",  FOLK | ADULT},
    {{"actress", "actresses"},        {"herečka", "herečky"},    NULL,      {F, F}, "she", FOLK | ADULT},

    {{"dog", "dogs"},                 {"pes", "psi"},            "psa",     {M, M}, "it",  BEAST | CAR_MINE},
    {{"cat", "cats"},                 {"kočka", "kočky"},        "kočku",   {F, F}, "it",  BEAST | CAR_MINE},
    {{"wolf", "wolves"},              {"vlk", "vlci"},           "vlka",    {M, M}, "it",  BEAST},
    {{"fox", "foxes"},                {"liška", "lišky"},        "lišku",   {F, F}, "it",  BEAST},
    {{"kitten", "kittens"},           {"kotě", "koťata"},        "kotě",    {N, N}, "it",  CAR_ANIMAL | CAR_SMALL | CAR_MINE},

    {{"castle", "castles"},           {"hrad", "hrady"},         NULL,      {I, I}, "it",  BUILDING},
    {{"tower", "towers"},             {"věž", "věže"},           NULL,      {F, F}, "it",  BUILDING},
    {{"house", "houses"},             {"dům", "domy"},           NULL,      {I, I}, "it",  BUILDING | CAR_GOODS | CAR_MINE},
    {{"theatre", "theatres"},         {"divadlo", "divadla"},    NULL,      {N, N}, "it",  BUILDING},

    {{"letter", "letters"},           {"dopis", "dopisy"},       "dopis",   {I, I}, "it",  TEXT},
    {{"book", "books"},               {"kniha", "knihy"},        "knihu",   {F, F}, "it",  TEXT | CAR_GOODS | CAR_SMALL},
    {{"key", "keys"},                 {"klíč", "klíče"},         "klíč",    {I, I}, "it",  CAR_OBJECT | CAR_AGED | CAR_SMALL | CAR_MINE},
    {{"map", "maps"},                 {"mapa", "mapy"},          "mapu",    {F, F}, "it",  TEXT | CAR_GOODS},
    {{"mirror", "mirrors"},           {"zrcadlo", "zrcadla"},    "zrcadlo", {N, N}, "it",  CAR_OBJECT | CAR_AGED | CAR_SMALL | CAR_GOODS | CAR_MINE},

    {{"train", "trains"},             {"vlak", "vlaky"},         NULL,      {I, I}, "it",  VEHICLE},
    {{"car", "cars"},                 {"auto", "auta"},          NULL,      {N, N}, "it",  VEHICLE | CAR_SMALL | CAR_GOODS | CAR_MINE},
    {{"tram", "trams"},               {"tramvaj", "tramvaje"},   NULL,      {F, F}, "it",  VEHICLE},
};
const int car_agreement_n_nouns = COUNT(car_agreement_nouns);

const car_adjective car_agreement_adjectives[] = {
    {"old",       "star",    "staří",    CAR_AGED,                               CAR_THING,              0, 0},
    {"young",     "mlad",    "mladí",    CAR_YOUNG,                              0,                      0, 0},
    {"little",    "mal",     "malí",     CAR_SMALL,                              0,                      0, 0},
    {"poor",      "chud",    "chudí",    CAR_HUMAN,                              0,                      0, 0},
    {"brave",     "statečn", "stateční", CAR_LIVING,                             0,                      0, 0},
    {"famous",    "slavn",   "slavní",   CAR_STRANGER,                           0,                      0, 0},
    {"beautiful", "krásn",   "krásní",   CAR_BUILDING | CAR_GOODS,               CAR_BUILDING,           0, 0},
    {"new",       "nov",     "noví",     CAR_OBJECT | CAR_VEHICLE | CAR_GOODS,   0,                      0, 0},
    {"local",     "místn",   NULL,       CAR_STRANGER,                           0,                      0, 0},
    {"tired",     "unaven",  "unavení",  0,                                      CAR_LIVING,            -1, CAR_TOIL},
    {"hungry",    "hladov",  "hladoví",  CAR_LIVING,                             CAR_LIVING,            -1, CAR_TOIL},
    {"sad",       "smutn",   "smutní",   0,                                      CAR_LIVING,            -1, CAR_LOSS},
    {"happy",     "šťastn",  "šťastní",  0,                                      CAR_LIVING,             1, CAR_GAIN},
    {"nervous",   "nervózn", NULL,       0,                                      CAR_LIVING,            -1, CAR_LOSS},
    {"ill",       "nemocn",  "nemocní",  0,                                      CAR_LIVING,            -1, 0},
    {"wet",       "mokr",    "mokří",    0,                                      CAR_LIVING | CAR_OBJECT, 0, 0},
    {"dirty",     "špinav",  "špinaví",  0,                                      CAR_LIVING | CAR_THING, 0, CAR_TOIL},
    {"empty",     "prázdn",  "prázdní",  0,                                      CAR_BUILDING | CAR_VEHICLE, 0, 0},
    {"expensive", "drah",    "drazí",    0,                                      CAR_GOODS,              0, 0},
};
const int car_agreement_n_adjectives = COUNT(car_agreement_adjectives);

const car_verb car_agreement_verbs[] = {
    {"slept",    NULL,        "spal",     "spal",     false, CAR_LIVING,   0, false, CAR_OUTDOORS | CAR_INDOORS, CAR_ALONE | CAR_INSIDE, 0},
    {"sang",     NULL,        "zpíval",   "zpíval",   false, CAR_HUMAN,    0, false, CAR_OUTDOORS, CAR_ALONE, 1},
    {"sang",     NULL,        "zpíval",   "zpíval",   false, CAR_HUMAN,    0, false, CAR_NOTHING, CAR_AFTER, 1},
    {"smiled",   NULL,        "usmál",    "usmál",    true,  CAR_HUMAN,    0, false, CAR_NOTHING, CAR_AFTER, 1},
    {"cried",    NULL,        "plakal",   "plakal",   false, CAR_HUMAN,    0, false, CAR_OUTDOORS | CAR_INDOORS, CAR_ALONE | CAR_INSIDE, -1},
    {"cried",    NULL,        "plakal",   "plakal",   false, CAR_HUMAN,    0, false, CAR_NOTHING, CAR_AFTER, -1},
    {"worked",   "worked",    "pracoval", "pracoval", false, CAR_HUMAN,    0, false, CAR_OUTDOORS, CAR_ALONE | CAR_BEFORE | CAR_INSIDE | CAR_TOIL, 0},
    {"waited",   "waited",    "čekal",    "čekal",    false, CAR_LIVING,   0, false, CAR_OUTDOORS, CAR_ALONE | CAR_BEFORE | CAR_INSIDE | CAR_TOIL, 0},
    {"sat",      NULL,        "seděl",    "seděl",    false, CAR_LIVING,   0, false, CAR_OUTDOORS | CAR_INDOORS, CAR_ALONE | CAR_BEFORE, 0},
    {"stood",    NULL,        "stál",     "stál",     false, CAR_HUMAN,    0, false, CAR_OUTDOORS | CAR_INDOORS, CAR_ALONE | CAR_BEFORE, 0},
    {"stood",    NULL,        "stál",     "stál",     false, CAR_BUILDING, 0, false, CAR_SITE, CAR_ALONE, 0},
    {"stood",    NULL,        "stál",     "stál",     false, CAR_VEHICLE,  0, false, CAR_STOP, CAR_ALONE, 0},
    {"lived",    NULL,        "bydlel",   "bydlel",   false, CAR_HUMAN,    0, false, CAR_DWELLING, CAR_ALONE | CAR_INSIDE, 0},
    {"came",     NULL,        "přišel",   "přišl",    false, CAR_LIVING,   0, false, CAR_FROM | CAR_HOMEWARD, CAR_ALONE | CAR_BEFORE | CAR_ARRIVAL, 0},
    {"returned", NULL,        "vrátil",   "vrátil",   true,  CAR_LIVING,   0, false, CAR_FROM | CAR_HOMEWARD, CAR_ALONE | CAR_BEFORE | CAR_ARRIVAL, 0},
    {"came",     NULL,        "přišel",   "přišl",    false, CAR_LIVING,   0, false, CAR_HOMEWARD, CAR_AFTER | CAR_HOMECOMING, 0},
    {"returned", NULL,        "vrátil",   "vrátil",   true,  CAR_LIVING,   0, false, CAR_HOMEWARD, CAR_AFTER | CAR_HOMECOMING, 0},
    {"arrived",  NULL,        "přijel",   "přijel",   false, CAR_VEHICLE,  0, false, CAR_AFAR, CAR_ALONE | CAR_ARRIVAL, 0},
    {"stopped",  NULL,        "zastavil", "zastavil", false, CAR_VEHICLE,  0, false, CAR_STOP, CAR_ALONE, 0},
    {"lay",      NULL,        "ležel",    "ležel",    false, CAR_OBJECT,   0, false, CAR_SPOT, CAR_ALONE, 0},
    {"read",     NULL,        "četl",     "četl",     false, CAR_HUMAN,    CAR_READABLE, false, CAR_NOTHING, CAR_ALONE | CAR_AFTER | CAR_DONE_TO, 0},
    {"found",    "found",     "našel",    "našl",     false, CAR_HUMAN,    CAR_OBJECT | CAR_ANIMAL, false, CAR_NOTHING, CAR_ALONE | CAR_AFTER | CAR_GAIN | CAR_DONE_TO, 0},
    {"bought",   "bought",    "koupil",   "koupil",   false, CAR_HUMAN,    CAR_GOODS, false, CAR_NOTHING, CAR_ALONE | CAR_GAIN | CAR_DONE_TO, 0},
    {"sold",     NULL,        "prodal",   "prodal",   false, CAR_HUMAN,    CAR_GOODS, false, CAR_NOTHING, CAR_ALONE | CAR_DONE_TO, 0},
    {"lost",     "lost",      "ztratil",  "ztratil",  false, CAR_HUMAN,    CAR_OBJECT, true, CAR_NOTHING, CAR_ALONE | CAR_LOSS | CAR_DONE_TO, 0},
    {"forgot",   "forgotten", "zapomněl", "zapomněl", false, CAR_HUMAN,    CAR_OBJECT, true, CAR_NOTHING, CAR_ALONE | CAR_LOSS | CAR_DONE_TO, 0},
    {"saw",      NULL,        "viděl",    "viděl",    false, CAR_LIVING,   CAR_ANIMAL, false, CAR_NOTHING, CAR_ALONE | CAR_AFTER | CAR_DONE_TO, 0},
    {"praised",  NULL,        "pochválil", "pochválil", false, CAR_HUMAN,  CAR_HUMAN, false, CAR_NOTHING, CAR_DONE_TO, 0},
    {"loved",    NULL,        "miloval",  "miloval",  false, CAR_HUMAN,    CAR_LIVING, false, CAR_NOTHING, CAR_DONE_TO, 0},
};
const int car_agreement_n_verbs = COUNT(car_agreement_verbs);

const car_passive car_agreement_passives[] = {
    {"praised",  "pochválen", CAR_HUMAN,                              CAR_AGENT},
    {"invited",  "pozván",    CAR_HUMAN,                              CAR_AGENT | CAR_INVITED},
    {"found",    "nalezen",   CAR_ANIMAL,                             CAR_OUTDOORS | CAR_TIME},
    {"found",    "nalezen",   CAR_OBJECT,                             CAR_SPOT | CAR_TIME},
    {"stolen",   "ukraden",   CAR_OBJECT,                             CAR_TIME | CAR_NOTHING},
    {"sold",     "prodán",    CAR_GOODS,                              CAR_TIME | CAR_NOTHING},
    {"repaired", "opraven",   CAR_BUILDING | CAR_VEHICLE,             CAR_TIME | CAR_NOTHING},
    {"built",    "postaven",  CAR_BUILDING,                           CAR_SITE | CAR_TIME},
};
const int car_agreement_n_passives = COUNT(car_agreement_passives);

const car_complement car_agreement_complements[] = {
    {"",                       "",              CAR_NOTHING},
    {"by the river",           "u řeky",        CAR_OUTDOORS | CAR_DWELLING | CAR_SITE},
    {"in the forest",          "v lese",        CAR_OUTDOORS | CAR_SITE},
    {"in the garden",          "v zahradě",     CAR_OUTDOORS},
    {"under the tree",         "pod stromem",   CAR_OUTDOORS | CAR_SPOT},
    {"at the market",          "na trhu",       CAR_OUTDOORS},
    {"at the station",         "na nádraží",    CAR_OUTDOORS | CAR_STOP},
    {"in front of the school", "před školou",   CAR_OUTDOORS | CAR_STOP},
    {"on the bridge",          "na mostě",      CAR_STOP},
    {"behind the forest",      "za lesem",      CAR_DWELLING | CAR_SITE},
    {"in the village",         "ve vesnici",    CAR_DWELLING | CAR_SITE},
    {"by the window",          "u okna",        CAR_INDOORS | CAR_SPOT},
    {"on the table",           "na stole",      CAR_SPOT},
    {"under the bed",          "pod postelí",   CAR_SPOT},
    {"from the village",       "z vesnice",     CAR_FROM | CAR_AFAR},
    {"from the town",          "z města",       CAR_FROM | CAR_AFAR},
    {"from the market",        "z trhu",        CAR_FROM},
    {"home",                   "domů",          CAR_HOMEWARD},
    {"home late",              "domů pozdě",    CAR_HOMEWARD},
    {"home early",             "domů brzy",     CAR_HOMEWARD},
    {"by the king",            "králem",        CAR_AGENT},
    {"by the queen",           "královnou",     CAR_AGENT},
    {"by the soldier",         "vojákem",       CAR_AGENT},
    {"to the castle",          "na hrad",       CAR_INVITED},
    {"to the theatre",         "do divadla",    CAR_INVITED},
    {"yesterday",              "včera",         CAR_TIME},
    {"in the morning",         "ráno",          CAR_TIME},
    {"in summer",              "v létě",        CAR_TIME},
    {"after the war",          "po válce",      CAR_TIME},
};
const int car_agreement_n_complements = COUNT(car_agreement_complements);

/*                                             animate    inanimate  feminine   neuter */
car_forms car_agreement_past_endings =       {{"",        "",        "a",       "o"},
                                              {"i",       "y",       "y",       "a"}};
car_forms car_agreement_hard_endings =       {{"ý",       "ý",       "á",       "é"},
                                              {NULL,      "é",       "é",       "á"}};
const char *const car_agreement_accusative_endings[] = {"ého", "ý",  "ou",      "é"};

car_forms car_agreement_which =              {{"který",   "který",   "která",   "které"},
                                              {"kteří",   "které",   "které",   "která"}};
car_forms car_agreement_which_accusative =   {{"kterého", "který",   "kterou",  "které"},
                                              {"které",   "které",   "které",   "která"}};
car_forms car_agreement_in_which =           {{"ve kterém", "ve kterém", "ve které", "ve kterém"},
                                              {"ve kterých", "ve kterých", "ve kterých", "ve kterých"}};
car_forms car_agreement_whose =              {{"jehož",   "jehož",   "jejíž",   "jehož"},
                                              {"jejichž", "jejichž", "jejichž", "jejichž"}};
car_forms car_agreement_this =               {{"tento",   "tento",   "tato",    "toto"},
                                              {"tito",    "tyto",    "tyto",    "tato"}};
car_forms car_agreement_my =                 {{"můj",     "můj",     "moje",    "moje"},
                                              {"moji",    "moje",    "moje",    "moje"}};
const char *const car_agreement_two[] =       {"dva",     "dva",     "dvě",     "dvě"};
const char *const car_agreement_every[] =     {"každý",   "každý",   "každá",   "každé"};
const char *const car_agreement_own[] =       {"svého",   "svůj",    "svou",    "své"};
/* clang-format on */
