/* onednn_cells CELL WIDTH - a recurrent layer of oneDNN, forward and backward, on one
 * thread (OMP_NUM_THREADS=1): 64 sequences of 25 steps, the input as wide as the layer,
 * as `carousel cell bench` and `pytorch-speed cell` do it.  The cell is rnn, lstm or gru
 * (with the reset after the product).  Weights are packed beforehand.  Prints nanoseconds
 * a step of one sequence, the median of thirty runs.
 */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>

namespace
{

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using dnnl::rnn_direction;
using Memories = std::unordered_map<int, memory>;

constexpr int steps = 25, rows = 64, runs = 30;

memory::desc shape(const memory::dims &dims, memory::format_tag tag)
{
    return memory::desc(dims, memory::data_type::f32, tag);
}

/* What version 3 calls differently. */
template <class Primitive, class... Arguments>
typename Primitive::primitive_desc describe(const dnnl::engine &engine, const Arguments &...arguments)
{
#if DNNL_VERSION_MAJOR >= 3
    return typename Primitive::primitive_desc(engine, arguments...);
#else
    return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), engine);
#endif
}

template <class Primitive, class Hint, class... Arguments>
typename Primitive::primitive_desc describe_back(const dnnl::engine &engine, const Hint &hint,
                                                 const Arguments &...arguments)
{
#if DNNL_VERSION_MAJOR >= 3
    return typename Primitive::primitive_desc(engine, arguments..., hint);
#else
    return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), engine, hint);
#endif
}

/* A layer with `gates` gates; `cell` is what stands first in its descriptions (the vanilla
 * network's activation). */
template <class Forward, class Backward, class... Cell> class Layer
{
  public:
    Layer(int width, int gates, int biases, Cell... cell)
        : x_(shape({steps, rows, width}, memory::format_tag::tnc)),
          h_(shape({1, 1, rows, width}, memory::format_tag::ldnc)),
          plain_(shape({1, 1, width, gates, width}, memory::format_tag::ldigo)),
          w_(shape({1, 1, width, gates, width}, memory::format_tag::any)),
          b_(shape({1, 1, biases, width}, memory::format_tag::ldgo)), forward_(forward(cell...)),
          backward_(backward(cell...))
    {
        for (int argument : of_forward())
            add(forward_args_, forward_, argument);
        for (int argument : of_forward()) /* the same, but for weights, which are packed otherwise */
            if (argument == DNNL_ARG_WEIGHTS_LAYER || argument == DNNL_ARG_WEIGHTS_ITER)
                add(backward_args_, backward_, argument);
            else
                backward_args_[argument] = forward_args_[argument];
        for (int argument : of_forward())
            if (argument != DNNL_ARG_WORKSPACE)
                add(backward_args_, backward_, argument + DNNL_ARG_DIFF_SRC - DNNL_ARG_SRC);
    }

    /* Of this thread, as ours are timed. */
    double seconds()
    {
        const double began = clock();
        Forward(forward_).execute(stream_, forward_args_);
        Backward(backward_).execute(stream_, backward_args_);
        stream_.wait();
        return clock() - began;
    }

  private:
    static constexpr bool has_c = std::is_same<Forward, dnnl::lstm_forward>::value;

    static double clock()
    {
        struct timespec time;
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
    }

    static std::vector<int> of_forward()
    {
        std::vector<int> list = {DNNL_ARG_SRC_LAYER, DNNL_ARG_SRC_ITER,  DNNL_ARG_WEIGHTS_LAYER, DNNL_ARG_WEIGHTS_ITER,
                                 DNNL_ARG_BIAS,      DNNL_ARG_DST_LAYER, DNNL_ARG_DST_ITER,      DNNL_ARG_WORKSPACE};
        if (has_c)
            list.insert(list.end(), {DNNL_ARG_SRC_ITER_C, DNNL_ARG_DST_ITER_C});
        return list;
    }

    typename Forward::primitive_desc forward(Cell... cell)
    {
        const auto way = rnn_direction::unidirectional_left2right;
        if constexpr (has_c)
            return describe<Forward>(engine_, prop_kind::forward_training, cell..., way, x_, h_, h_, w_, w_, b_, x_, h_,
                                     h_);
        else
            return describe<Forward>(engine_, prop_kind::forward_training, cell..., way, x_, h_, w_, w_, b_, x_, h_);
    }

    typename Backward::primitive_desc backward(Cell... cell)
    {
        const auto way = rnn_direction::unidirectional_left2right;
        if constexpr (has_c)
            return describe_back<Backward>(engine_, forward_, prop_kind::backward, cell..., way, x_, h_, h_, w_, w_, b_,
                                           x_, h_, h_, x_, h_, h_, w_, w_, b_, x_, h_, h_);
        else
            return describe_back<Backward>(engine_, forward_, prop_kind::backward, cell..., way, x_, h_, w_, w_, b_, x_,
                                           h_, x_, h_, w_, w_, b_, x_, h_);
    }

    /* Memory as the primitive wants it, with small numbers; weights by way of their plain form. */
    template <class Description> void add(Memories &memories, const Description &description, int argument)
    {
        const memory::desc wanted = description.query_md(dnnl::query::exec_arg_md, argument);
        memory made(wanted, engine_);
        if (argument == DNNL_ARG_WEIGHTS_LAYER || argument == DNNL_ARG_WEIGHTS_ITER) {
            memory plain(plain_, engine_);
            fill(plain, plain_.get_size());
            dnnl::reorder(plain, made).execute(stream_, plain, made);
            stream_.wait();
        } else {
            fill(made, wanted.get_size());
        }
        memories[argument] = made;
    }

    static void fill(const memory &target, size_t bytes)
    {
        auto *numbers = static_cast<float *>(target.get_data_handle());
        for (size_t i = 0; i < bytes / sizeof *numbers; i++)
            numbers[i] = 0.01F * static_cast<float>(static_cast<int>(7 * i % 17) - 8);
    }

    dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_{engine_};
    memory::desc x_, h_, plain_, w_, b_;
    typename Forward::primitive_desc forward_;
    typename Backward::primitive_desc backward_;
    Memories forward_args_, backward_args_;
};

template <class Timed> int print_median(Timed layer)
{
    std::vector<double> taken;
    (void)layer.seconds();
    for (int run = 0; run < runs; run++)
        taken.push_back(layer.seconds());
    std::sort(taken.begin(), taken.end());
    std::printf("%.0f ns a step\n", 1e9 * taken[runs / 2] / (steps * rows));
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string cell = argc == 3 ? argv[1] : "";
    const int width = argc == 3 ? std::atoi(argv[2]) : 0;
    if (cell == "rnn" && width > 0)
        return print_median(Layer<dnnl::vanilla_rnn_forward, dnnl::vanilla_rnn_backward, algorithm>(
            width, 1, 1, algorithm::eltwise_tanh));
    if (cell == "lstm" && width > 0)
        return print_median(Layer<dnnl::lstm_forward, dnnl::lstm_backward>(width, 4, 4));
    if (cell == "gru" && width > 0)
        return print_median(Layer<dnnl::lbr_gru_forward, dnnl::lbr_gru_backward>(width, 3, 4));
    std::fprintf(stderr, "usage: onednn_cells rnn|lstm|gru WIDTH\n");
    return 2;
}
