// Checkpoints: what is saved is read back bit for bit, what does not fit is named, what is damaged is refused.
#include "train/checkpoint.h"

#include <cstdio>
#include <limits>

#include "base/parallel.h"
#include "base/tensors.h"
#include "train/small_model.hpp"

namespace
{

using support::Checkpoint;
using support::Handle;
using support::SmallModel;
using support::SmallOptimizer;
using support::Snapshot;
using Writer = Handle<car_tensors_writer, car_tensors_writer_free>;

class CheckpointFile : public support::InFolder
{
  protected:
    CheckpointFile() { model.fill(1); }

    bool save(Snapshot &snapshot, const std::string &name = "f")
    {
        return car_checkpoint_save(folder.path(name).c_str(), snapshot.get(), &e);
    }
    Checkpoint open(const std::string &name = "f")
    {
        e = car_error{};
        return Checkpoint(car_checkpoint_open(folder.path(name).c_str(), CAR_WHOLE_CHECKPOINT, &e));
    }
    /* A file with this metadata and one tensor. */
    Checkpoint open_with(const std::vector<std::pair<const char *, const char *>> &metadata)
    {
        Writer writer(car_tensors_writer_new());
        for (const auto &[key, value] : metadata)
            car_tensors_writer_metadata(writer.get(), key, value);
        const ptrdiff_t one = 1;
        car_tensors_writer_add(writer.get(), "model.a", CAR_F32, 1, &one, "....");
        EXPECT_TRUE(car_tensors_save(writer.get(), folder.path("f").c_str(), &e));
        return open();
    }
    void says(int code, std::initializer_list<std::string> parts)
    {
        EXPECT_EQ(code, e.code) << e.message;
        for (const std::string &part : parts)
            EXPECT_NE(std::string::npos, std::string(e.message).find(part)) << part << "\nin: " << e.message;
    }

    SmallModel model;
};

TEST_F(CheckpointFile, ValuesAndMomentsComeBackBitForBit)
{
    for (car_optimizer_kind kind : {CAR_SGD, CAR_RMSPROP, CAR_ADAM}) {
        SmallOptimizer optimizer(model, kind), other_optimizer(model, kind, false);
        Snapshot snapshot(model, optimizer.get());
        ASSERT_TRUE(save(snapshot)) << e.message;

        SmallModel other;
        Checkpoint checkpoint = open();
        ASSERT_NE(nullptr, checkpoint) << e.message;
        ASSERT_TRUE(car_checkpoint_read_parameters(checkpoint.get(), other.get(), &e)) << e.message;
        ASSERT_TRUE(car_checkpoint_read_optimizer(checkpoint.get(), other.get(), other_optimizer.get(), &e))
            << e.message;
        EXPECT_EQ(model.values(), other.values());
        EXPECT_EQ(model.packed(), other.packed());
        for (int i = 0; i < kind; i++) /* SGD has no moment, RMSProp one, Adam two */
            EXPECT_EQ(model.bytes(optimizer.moment(i)), other.bytes(other_optimizer.moment(i)));
        EXPECT_EQ(nullptr, optimizer.moment(kind));
    }
}

/* States of two streams, as a model of one layer with these states has them. */
class Carried
{
  public:
    explicit Carried(std::vector<std::pair<std::string, int>> states)
    {
        at.n = static_cast<int>(states.size());
        at.state = static_cast<car_carried_state *>(car_alloc(at.n, sizeof *at.state));
        for (size_t i = 0; i < states.size(); i++) {
            (void)std::snprintf(at.state[i].name, sizeof at.state[i].name, "%s", states[i].first.c_str());
            at.state[i].width = states[i].second;
        }
    }
    ~Carried() { car_carried_clear(&at); }
    Carried(const Carried &) = delete;
    Carried &operator=(const Carried &) = delete;

    car_carried at = {};
};

TEST_F(CheckpointFile, StatesCarriedOnComeBack)
{
    Carried saved({{"decoder.0.h", 3}, {"decoder.0.c", 2}}), read({{"decoder.0.h", 3}, {"decoder.0.c", 2}});
    car_carried_reset(&saved.at, 2);
    for (int i = 0; i < 2; i++)
        for (int b = 0; b < 2; b++)
            for (int j = 0; j < saved.at.state[i].width; j++)
                car_row(saved.at.state[i].at, b)[j] =
                    static_cast<car_real>(1 + i + 10 * b) / static_cast<car_real>(j + 3);
    Snapshot snapshot(model, nullptr);
    car_snapshot with = *snapshot.get();
    with.carried = &saved.at;
    ASSERT_TRUE(car_checkpoint_save(folder.path("f").c_str(), &with, &e)) << e.message;
    Checkpoint checkpoint = open();
    ASSERT_TRUE(car_checkpoint_read_carried(checkpoint.get(), &read.at, &e)) << e.message;
    ASSERT_EQ(read.at.rows, 2);
    for (int i = 0; i < 2; i++)
        for (int b = 0; b < 2; b++)
            for (int j = 0; j < saved.at.state[i].width; j++)
                EXPECT_EQ(car_row(read.at.state[i].at, b)[j], car_row(saved.at.state[i].at, b)[j]);

    Carried wider({{"decoder.0.h", 4}, {"decoder.0.c", 2}}), more({{"decoder.0.h", 3}, {"decoder.1.h", 3}});
    EXPECT_FALSE(car_checkpoint_read_carried(checkpoint.get(), &wider.at, &e));
    says(65, {"carried.decoder.0.h"});
    EXPECT_FALSE(car_checkpoint_read_carried(checkpoint.get(), &more.at, &e));
    says(65, {"carried.decoder.1.h"});

    ASSERT_TRUE(save(snapshot)) << e.message; /* none, as of a text that has not begun */
    ASSERT_TRUE(car_checkpoint_read_carried(open().get(), &read.at, &e)) << e.message;
    EXPECT_EQ(read.at.rows, 0);
}

TEST_F(CheckpointFile, ToBeAppliedABlockIsReadIntoWhatThatNeeds)
{
    Handle<car_parameters, car_parameters_free> learnt(car_parameters_new()), applied(car_parameters_new());
    for (car_parameters *p : {learnt.get(), applied.get()}) {
        car_parameters_name(p, car_parameters_add(p, 3, 2, CAR_READ), 0, 2, "table");
        car_block *times = car_parameters_add(p, 40, 70, CAR_TIMES); /* whose column 30 has no name */
        car_parameters_name(p, times, 0, 30, "times.a");
        car_parameters_name(p, times, 31, 39, "times.b");
        car_parameters_name(p, car_parameters_add(p, 50, 40, CAR_TIMES_TRANSPOSED), 0, 40, "output");
        car_parameters_name(p, car_parameters_add(p, 5, 4, CAR_READ | CAR_TIMES_TRANSPOSED), 0, 4, "shared");
    }
    car_parameters_allocate(learnt.get(), CAR_TO_LEARN);
    car_parameters_allocate(applied.get(), CAR_TO_APPLY);
    for (ptrdiff_t i = 0; i < learnt->n_tensors; i++) {
        const car_parameter &tensor = learnt->tensor[i];
        for (int row = 0; row < tensor.block->rows; row++)
            for (int column = 0; column < tensor.columns; column++)
                tensor.block->value[row * tensor.block->stride + tensor.column + column] =
                    static_cast<car_real>(1000 * i + 100 * row + column);
    }
    car_parameters_pack(learnt.get());
    car_snapshot snapshot{};
    snapshot.parameters = learnt.get();
    ASSERT_TRUE(car_checkpoint_save(folder.path("f").c_str(), &snapshot, &e)) << e.message;
    for (int threads : {1, 2}) {
        car_parallel_set_threads(threads);
        Checkpoint checkpoint(car_checkpoint_open(folder.path("f").c_str(), CAR_ONLY_MODEL, &e));
        ASSERT_NE(nullptr, checkpoint) << e.message;
        ASSERT_TRUE(car_checkpoint_read_parameters(checkpoint.get(), applied.get(), &e)) << e.message;
        car_parallel_set_threads(1);
        EXPECT_EQ(nullptr, applied->gradient);
        for (ptrdiff_t i = 0; i < applied->n_blocks; i++) {
            const car_block *from = learnt->block[i], *to = applied->block[i];
            auto same = [](const car_real *a, const car_real *b, ptrdiff_t n) {
                return std::memcmp(a, b, static_cast<size_t>(n) * sizeof *a) == 0;
            };
            ASSERT_EQ((to->uses & CAR_READ) != 0, to->value != nullptr) << i;
            ASSERT_EQ((to->uses & CAR_TIMES) != 0, to->forward.at != nullptr) << i;
            ASSERT_EQ((to->uses & CAR_TIMES_TRANSPOSED) != 0, to->backward.at != nullptr) << i;
            EXPECT_TRUE(to->value == nullptr || same(from->value, to->value, to->rows * to->stride)) << i;
            EXPECT_TRUE(to->forward.at == nullptr ||
                        same(from->forward.at, to->forward.at, car_packed_reals(to->rows, to->columns)))
                << i;
            EXPECT_TRUE(to->backward.at == nullptr ||
                        same(from->backward.at, to->backward.at, car_packed_reals(to->columns, to->rows)))
                << i;
        }
    }
}

TEST_F(CheckpointFile, WeightsThatAreDamagedAreFoundWhenTheyAreRead)
{
    Snapshot snapshot(model, nullptr);
    ASSERT_TRUE(save(snapshot)) << e.message;
    std::string bytes = folder.read("f");
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    folder.write("f", bytes);
    EXPECT_EQ(nullptr, open());
    says(CAR_EXIT_DATA, {folder.path("f"), "is damaged"});
    Checkpoint checkpoint(car_checkpoint_open(folder.path("f").c_str(), CAR_ONLY_MODEL, &e));
    ASSERT_NE(nullptr, checkpoint) << e.message;
    EXPECT_STREQ("dim-rnn: 4\n", car_checkpoint_text(checkpoint.get(), "config"));
    SmallModel other;
    EXPECT_FALSE(car_checkpoint_read_parameters(checkpoint.get(), other.get(), &e));
    says(CAR_EXIT_DATA, {folder.path("f"), "is damaged"});
}

TEST_F(CheckpointFile, NumbersComeBackInTheirOrder)
{
    const double infinity = std::numeric_limits<double>::infinity();
    Snapshot snapshot(model, nullptr);
    snapshot.numbers = {{"z", 0.1},
                        {"chrf.best", 1.0 / 3},
                        {"bleu.best", 5e-324},
                        {"large", 1.7976931348623157e308},
                        {"negative zero", -0.0},
                        {"count", 9007199254740991.0},
                        {"up", infinity},
                        {"down", -infinity},
                        {"none", std::nan("")}};
    ASSERT_TRUE(save(snapshot)) << e.message;
    Checkpoint checkpoint = open();
    ASSERT_NE(nullptr, checkpoint) << e.message;

    int n = 0;
    const car_named_number *numbers = car_checkpoint_numbers(checkpoint.get(), &n);
    ASSERT_EQ(snapshot.numbers.size(), static_cast<size_t>(n));
    for (int i = 0; i < n - 1; i++) {
        EXPECT_STREQ(snapshot.numbers[static_cast<size_t>(i)].name, numbers[i].name);
        EXPECT_EQ(0, std::memcmp(&snapshot.numbers[static_cast<size_t>(i)].value, &numbers[i].value, sizeof(double)))
            << numbers[i].name;
    }
    EXPECT_TRUE(std::isnan(numbers[n - 1].value));
}

TEST_F(CheckpointFile, TextsComeBack)
{
    Snapshot snapshot(model, nullptr);
    snapshot.texts = {{"vocab.source", "</s>\t0\n\u010de\u0161tina\t7\n\"\\\t\x01"}, {"empty", ""}};
    ASSERT_TRUE(save(snapshot)) << e.message;
    Checkpoint checkpoint = open();
    ASSERT_NE(nullptr, checkpoint) << e.message;
    for (const car_named_text &text : snapshot.texts)
        EXPECT_STREQ(text.text, car_checkpoint_text(checkpoint.get(), text.name));
    EXPECT_EQ(nullptr, car_checkpoint_text(checkpoint.get(), "vocab.target"));
    EXPECT_EQ(folder.path("f"), car_checkpoint_path(checkpoint.get()));
}

TEST_F(CheckpointFile, BytesAreAFunctionOfTheState)
{
    SmallOptimizer optimizer(model, CAR_ADAM), other_optimizer(model, CAR_ADAM, false);
    Snapshot snapshot(model, optimizer.get());
    ASSERT_TRUE(save(snapshot, "first")) << e.message;

    SmallModel other;
    Checkpoint checkpoint = open("first");
    ASSERT_NE(nullptr, checkpoint) << e.message;
    ASSERT_TRUE(car_checkpoint_read_parameters(checkpoint.get(), other.get(), &e));
    ASSERT_TRUE(car_checkpoint_read_optimizer(checkpoint.get(), other.get(), other_optimizer.get(), &e));
    Snapshot again(other, other_optimizer.get());
    int n = 0;
    const car_named_number *numbers = car_checkpoint_numbers(checkpoint.get(), &n);
    again.numbers.assign(numbers, numbers + n);
    car_parallel_set_threads(2);
    EXPECT_TRUE(save(again, "second")) << e.message;
    car_parallel_set_threads(1);
    EXPECT_EQ(folder.read("first"), folder.read("second"));

    again.numbers[0].value++;
    ASSERT_TRUE(save(again, "third")) << e.message;
    EXPECT_NE(folder.read("first"), folder.read("third"));
}

TEST_F(CheckpointFile, NamesWhatIsMissingTooManyAndDifferent)
{
    Snapshot snapshot(model, nullptr);
    ASSERT_TRUE(save(snapshot));
    SmallModel other(6, "update");
    other.fill(2);
    std::string before = other.values(), packed_before = other.packed();
    Checkpoint checkpoint = open();
    ASSERT_NE(nullptr, checkpoint) << e.message;
    EXPECT_FALSE(car_checkpoint_read_parameters(checkpoint.get(), other.get(), &e));
    const std::string own = sizeof(car_real) == 4 ? "F32" : "F64";
    says(CAR_EXIT_DATA, {folder.path("f"), "2 missing: model.encoder.0.x.update, model.encoder.0.b.update",
                         "2 too many: model.encoder.0.b.forget, model.encoder.0.x.forget",
                         "1 different: model.embedding.source is " + own + " [5, 2] instead of " + own + " [6, 2]"});
    EXPECT_EQ(before, other.values());
    EXPECT_EQ(packed_before, other.packed());
}

/* "t0" to "t6", each of one row or one column; as the file holds them. */
class SevenTensors
{
  public:
    SevenTensors(int rows, int columns, bool vectors) : parameters_(car_parameters_new())
    {
        for (int i = 0; i < 7; i++) {
            car_block *block = car_parameters_add(get(), rows, columns, CAR_READ);
            car_parameters_name(get(), block, 0, columns, "t%d", i);
            get()->tensor[i].is_vector = vectors;
        }
        car_parameters_allocate(get(), CAR_TO_DIFFERENTIATE);
    }
    car_parameters *get() const { return parameters_.get(); }

  private:
    Handle<car_parameters, car_parameters_free> parameters_;
};

TEST_F(CheckpointFile, AVectorIsNoMatrix)
{
    const std::string own = sizeof(car_real) == 4 ? "F32" : "F64";
    SevenTensors vectors(1, 4, true), row(1, 4, false), column(4, 1, false);
    const struct {
        const SevenTensors &saved, &read;
        const char *from, *to;
    } cases[] = {{row, vectors, "[1, 4]", "[4]"},
                 {column, vectors, "[4, 1]", "[4]"},
                 {vectors, row, "[4]", "[1, 4]"},
                 {vectors, column, "[4]", "[4, 1]"},
                 {row, column, "[1, 4]", "[4, 1]"}};
    for (const auto &c : cases) {
        car_snapshot snapshot = {};
        snapshot.parameters = c.saved.get();
        ASSERT_TRUE(car_checkpoint_save(folder.path("f").c_str(), &snapshot, &e)) << e.message;
        Checkpoint checkpoint = open();
        ASSERT_NE(nullptr, checkpoint) << e.message;
        EXPECT_FALSE(car_checkpoint_read_parameters(checkpoint.get(), c.read.get(), &e));
        std::string wanted = "; 7 different: "; /* five of them with their names */
        for (const char *name : {"t0", "t1", "t2", "t3", "t4"})
            wanted +=
                std::string("model.") + name + " is " + own + " " + c.from + " instead of " + own + " " + c.to + ", ";
        says(CAR_EXIT_DATA, {wanted + "..."});
        EXPECT_EQ('.', e.message[strlen(e.message) - 1]) << e.message;
    }
}

TEST_F(CheckpointFile, AMatrixHasNoThirdDimension)
{
    SmallModel read;
    Writer writer(car_tensors_writer_new());
    for (const char *name : {"format=carousel", "format_version=1", "training={}"})
        car_tensors_writer_metadata(writer.get(), std::string(name, strchr(name, '=')).c_str(), strchr(name, '=') + 1);
    const ptrdiff_t shape[] = {5, 2, 3};
    const std::vector<float> data(30);
    car_tensors_writer_add(writer.get(), "model.embedding.source", CAR_F32, 3, shape, data.data());
    ASSERT_TRUE(car_tensors_save(writer.get(), folder.path("f").c_str(), &e)) << e.message;
    Checkpoint checkpoint = open();
    ASSERT_NE(nullptr, checkpoint) << e.message;
    EXPECT_FALSE(car_checkpoint_read_parameters(checkpoint.get(), read.get(), &e));
    says(CAR_EXIT_DATA, {"1 different: model.embedding.source is F32 [5, 2, 3] instead of"});
}

TEST_F(CheckpointFile, NamesFiveAtMost)
{
    Snapshot snapshot(model, nullptr);
    ASSERT_TRUE(save(snapshot));
    SevenTensors other(1, 1, true);
    Checkpoint checkpoint = open();
    ASSERT_NE(nullptr, checkpoint) << e.message;
    EXPECT_FALSE(car_checkpoint_read_parameters(checkpoint.get(), other.get(), &e));
    says(CAR_EXIT_DATA, {"7 missing: model.t0, model.t1, model.t2, model.t3, model.t4, ...; 5 too many"});
    EXPECT_EQ(std::string::npos, std::string(e.message).find("different"));
}

TEST_F(CheckpointFile, OptimizersDoNotReadEachOther)
{
    SmallOptimizer adam(model, CAR_ADAM), rmsprop(model, CAR_RMSPROP), sgd(model, CAR_SGD);
    Snapshot snapshot(model, rmsprop.get());
    ASSERT_TRUE(save(snapshot));
    Checkpoint checkpoint = open();
    ASSERT_NE(nullptr, checkpoint) << e.message;
    std::string before = model.bytes(adam.moment(0));
    EXPECT_FALSE(car_checkpoint_read_optimizer(checkpoint.get(), model.get(), adam.get(), &e));
    says(CAR_EXIT_DATA, {"optimizer", "10 missing: optim.m.encoder.0.x.input", "5 too many: optim.ms."});
    EXPECT_EQ(before, model.bytes(adam.moment(0)));
    EXPECT_FALSE(car_checkpoint_read_optimizer(checkpoint.get(), model.get(), sgd.get(), &e));
    says(CAR_EXIT_DATA, {"5 too many: optim.ms."});

    snapshot.snapshot.optimizer = nullptr;
    ASSERT_TRUE(save(snapshot));
    checkpoint = open();
    ASSERT_NE(nullptr, checkpoint) << e.message;
    EXPECT_TRUE(car_checkpoint_read_parameters(checkpoint.get(), model.get(), &e)) << e.message;
    EXPECT_FALSE(car_checkpoint_read_optimizer(checkpoint.get(), model.get(), adam.get(), &e));
    says(CAR_EXIT_DATA, {"10 missing: optim.m."});
}

TEST_F(CheckpointFile, ReadsNarrowNumbersIntoWideOnes)
{
    Handle<car_parameters, car_parameters_free> one(car_parameters_new());
    car_parameters_name(one.get(), car_parameters_add(one.get(), 1, 3, CAR_READ), 0, 3, "a");
    car_parameters_allocate(one.get(), CAR_TO_DIFFERENTIATE);
    const float narrow[] = {0.1f, -2, 3e38f};
    const double wide[] = {0.1, -2, 3e38};
    const int64_t whole[] = {1, 2, 3};
    const struct {
        car_dtype dtype;
        const void *data;
        bool read;
    } cases[] = {{CAR_F32, narrow, true}, {CAR_F64, wide, sizeof(car_real) == 8}, {CAR_I64, whole, false}};
    for (const auto &c : cases) {
        Writer writer(car_tensors_writer_new());
        car_tensors_writer_metadata(writer.get(), "format", "carousel");
        car_tensors_writer_metadata(writer.get(), "format_version", "1");
        car_tensors_writer_metadata(writer.get(), "training", "{}");
        const ptrdiff_t three = 3;
        car_tensors_writer_add(writer.get(), "model.a", c.dtype, 1, &three, c.data);
        ASSERT_TRUE(car_tensors_save(writer.get(), folder.path("f").c_str(), &e));
        Checkpoint checkpoint = open();
        ASSERT_NE(nullptr, checkpoint) << e.message;
        EXPECT_EQ(c.read, car_checkpoint_read_parameters(checkpoint.get(), one.get(), &e));
        if (!c.read)
            says(CAR_EXIT_DATA, {std::string("model.a is ") + car_dtype_name(c.dtype) + " [3] instead of F"});
        for (int i = 0; c.read && i < 3; i++)
            EXPECT_EQ(c.dtype == CAR_F32 ? static_cast<double>(narrow[i]) : wide[i],
                      static_cast<double>(one->value[i]));
    }
}

TEST_F(CheckpointFile, EveryDamagedByteAndEveryCutIsRefused)
{
    SmallOptimizer optimizer(model, CAR_RMSPROP);
    Snapshot snapshot(model, optimizer.get());
    ASSERT_TRUE(save(snapshot));
    const std::string whole = folder.read("f");
    for (size_t i = 0; i < whole.size(); i++) {
        std::string flipped = whole;
        flipped[i] = static_cast<char>(flipped[i] ^ 1);
        folder.write("f", flipped);
        ASSERT_EQ(nullptr, open()) << "byte " << i;
        ASSERT_EQ(CAR_EXIT_DATA, e.code) << e.message;
    }
    for (size_t length = 0; length < whole.size(); length += 3) {
        folder.write("f", whole.substr(0, length));
        ASSERT_EQ(nullptr, open()) << "cut to " << length;
        ASSERT_EQ(CAR_EXIT_DATA, e.code) << e.message;
    }
}

TEST_F(CheckpointFile, OtherFilesAreRefused)
{
    EXPECT_EQ(nullptr, open_with({}));
    says(CAR_EXIT_DATA, {folder.path("f"), "is no model of this program"});
    EXPECT_EQ(nullptr, open_with({{"format", "pt"}}));
    says(CAR_EXIT_DATA, {"is no model of this program"});
    EXPECT_EQ(nullptr, open_with({{"format", "carousel"}}));
    says(CAR_EXIT_DATA, {"format_version (none)"});
    EXPECT_EQ(nullptr, open_with({{"format", "carousel"}, {"format_version", "2"}, {"training", "{}"}}));
    says(CAR_EXIT_DATA, {"format_version 2", "newer"});
    for (const char *numbers : {"", "[1]", "{\"a\":1,\"a\":2}"}) {
        EXPECT_EQ(nullptr, open_with({{"format", "carousel"}, {"format_version", "1"}, {"training", numbers}}));
        says(CAR_EXIT_DATA, {"'training' is no JSON object"});
    }
    for (const char *numbers : {"{\"a\":null}", "{\"a\":\"inf\"}"}) {
        EXPECT_EQ(nullptr, open_with({{"format", "carousel"}, {"format_version", "1"}, {"training", numbers}}));
        says(CAR_EXIT_DATA, {"'a' under 'training' is no number"});
    }
    EXPECT_NE(nullptr, open_with({{"format", "carousel"}, {"format_version", "1"}, {"training", "{\"a\":1}"}}));
    EXPECT_EQ(nullptr, open("absent"));
    says(CAR_EXIT_NO_INPUT, {folder.path("absent")});
}

TEST_F(CheckpointFile, FailingToSaveLeavesNothingBehind)
{
    Snapshot snapshot(model, nullptr);
    EXPECT_FALSE(save(snapshot, "absent/f"));
    says(CAR_EXIT_CREATE, {folder.path("absent/f")});

    snapshot.numbers = {{"\xff", 1}};
    EXPECT_FALSE(save(snapshot));
    says(CAR_EXIT_DATA, {folder.path("f"), "UTF-8"});
    snapshot.numbers.clear();
    snapshot.texts = {{"config", "\xff"}};
    EXPECT_FALSE(save(snapshot));
    says(CAR_EXIT_DATA, {folder.path("f"), "config", "UTF-8"});
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

/* The Python of docs/model-format.md gets the same numbers. */
TEST_F(CheckpointFile, PythonReadsItAsDocumented)
{
    std::string python;
    for (const char *candidate : {"python3", "/usr/bin/python3"})
        if (python.empty() && std::system((std::string(candidate) + " -c 'import numpy' 2>/dev/null").c_str()) == 0)
            python = candidate;
    if (python.empty())
        GTEST_SKIP() << "needs python3 with numpy";
    std::ifstream file(CAR_SOURCE_DIR "/docs/model-format.md");
    std::string manual{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::string fence = "```", opening = fence + "python\n";
    size_t begin = manual.find(opening);
    ASSERT_NE(std::string::npos, begin);
    begin += opening.size();

    SmallOptimizer optimizer(model, CAR_RMSPROP);
    Snapshot snapshot(model, optimizer.get());
    ASSERT_TRUE(save(snapshot));
    folder.write("read.py", manual.substr(begin, manual.find(fence, begin) - begin) + R"(
import hashlib
metadata, tensors = load("f")
assert metadata["config"] == "dim-rnn: 4\n", metadata
assert json.loads(metadata["training"]) == {"update": 1000, "learning-rate": 0.1}, metadata
assert len(tensors) == 10, tensors
for name, tensor in tensors.items():
    assert hashlib.sha256(tensor.tobytes()).hexdigest() == metadata["sha256:" + name], name
parameter = tensors["model.encoder.0.x.forget"]
assert parameter.shape == (3, 7), parameter.shape
assert np.allclose(parameter, np.sin(1 + 100 + 10 * np.arange(3)[:, None] + np.arange(7)), atol=1e-5), parameter
assert tensors["optim.ms.encoder.0.b.input"].shape == (4,)
)");
    EXPECT_EQ(0, std::system(("cd '" + folder.path() + "' && " + python + " read.py").c_str()));
}

using CheckpointFileDeathTest = CheckpointFile;

TEST_F(CheckpointFileDeathTest, NamesAreUniqueAndNotOurs)
{
    Snapshot snapshot(model, nullptr);
    snapshot.texts = {{"training", ""}};
    EXPECT_DEATH(save(snapshot), "bug");
    snapshot.texts = {{"config", ""}, {"config", ""}};
    EXPECT_DEATH(save(snapshot), "bug");
    snapshot.texts.clear();
    snapshot.numbers = {{"update", 1}, {"update", 1}};
    EXPECT_DEATH(save(snapshot), "bug");
}

} // namespace
