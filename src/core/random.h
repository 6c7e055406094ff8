// Random numbers for simulations: the same seed gives the same numbers on every machine.
//
// xoshiro256++ seeded by SplitMix64, distributions of our own: the standard library leaves the
// algorithms of its distributions (and the last bit of log and exp) to the implementation. Only
// IEEE additions, multiplications, divisions and square roots are used; the simulation's sources
// are compiled with -ffp-contract=off so that no machine fuses them.
// A Random is a value: copy it to repeat a sequence. Not for secrets. Nothing here fails.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace klarsyn {

class Random {
public:
    explicit Random(std::uint64_t seed);

    // A stream of its own for a named part of a simulation: streams of different names or indexes
    // do not disturb each other when one of them draws more numbers.
    static Random stream(std::uint64_t seed, std::string_view name, std::uint64_t index = 0);

    std::uint64_t next();
    double uniform();                          // [0, 1)
    double uniform(double low, double high);   // [low, high)
    std::int64_t below(std::int64_t limit);    // 0 .. limit-1, unbiased; limit >= 1
    std::int64_t between(std::int64_t low, std::int64_t high);  // both inclusive
    bool chance(double probability);
    double exponential(double mean);
    double normal();                           // mean 0, standard deviation 1
    double lognormal(double median, double sigma);
    std::int64_t poisson(double mean);
    // An index, weighted; the weights are >= 0 and not all 0.
    std::size_t pick(std::span<const double> weights);

private:
    std::array<std::uint64_t, 4> state_;
};

// Natural logarithm (x > 0) and exponential, identical on every machine; relative error < 1e-12.
double portable_log(double x);
double portable_exp(double x);

}  // namespace klarsyn
