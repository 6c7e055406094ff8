#include "core/random.h"

#include <bit>
#include <cmath>
#include <cstddef>

#include "core/result.h"

namespace klarsyn {
namespace {

constexpr double kLn2 = 0.693147180559945309417232121458;

std::uint64_t split_mix(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
}

// Inverse of the normal distribution function (Acklam's rational approximation, relative error
// 1.2e-9), for 0 < p < 1.
double inverse_normal(double p) {
    constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
                            1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
    constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                            6.680131188771972e+01, -1.328068155288572e+01};
    constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                            -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
    constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                            3.754408661907416e+00};
    constexpr double kTail = 0.02425;
    const auto tail = [&](double q) {
        return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
               ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1.0);
    };
    if (p < kTail) return tail(std::sqrt(-2.0 * portable_log(p)));
    if (p > 1.0 - kTail) return -tail(std::sqrt(-2.0 * portable_log(1.0 - p)));
    const double q = p - 0.5;
    const double r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1.0);
}

}  // namespace

double portable_log(double x) {
    int exponent = 0;
    double mantissa = std::frexp(x, &exponent);  // exact: [0.5, 1)
    if (mantissa < 0.70710678118654752440) {
        mantissa *= 2.0;
        --exponent;
    }
    // log(m) = 2 atanh((m - 1) / (m + 1)); |z| <= 0.1716, so eleven terms reach double precision.
    const double z = (mantissa - 1.0) / (mantissa + 1.0);
    const double z2 = z * z;
    double sum = 0.0;
    for (int term = 21; term >= 1; term -= 2) sum = sum * z2 + 1.0 / term;
    return 2.0 * z * sum + exponent * kLn2;
}

double portable_exp(double x) {
    const double scaled = x / kLn2;
    const int exponent = static_cast<int>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    const double rest = x - exponent * kLn2;  // |rest| <= 0.35
    double sum = 1.0;
    for (int term = 15; term >= 1; --term) sum = 1.0 + sum * rest / term;
    return std::ldexp(sum, exponent);
}

Random::Random(std::uint64_t seed) {
    for (auto& word : state_) word = split_mix(seed);
}

Random Random::stream(std::uint64_t seed, std::string_view name, std::uint64_t index) {
    std::uint64_t mixed = seed;
    std::uint64_t hash = split_mix(mixed);
    for (const char c : name) {
        mixed = hash ^ static_cast<unsigned char>(c);
        hash = split_mix(mixed);
    }
    mixed = hash ^ index;
    return Random(split_mix(mixed));
}

std::uint64_t Random::next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::int64_t Random::below(std::int64_t limit) {
    KL_ASSERT(limit >= 1);
    const auto bound = static_cast<std::uint64_t>(limit);
    const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound: the biased low part
    std::uint64_t drawn = next();
    while (drawn < rejected) drawn = next();
    return static_cast<std::int64_t>(drawn % bound);
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
    return low + below(high - low + 1);
}

bool Random::chance(double probability) { return uniform() < probability; }

double Random::exponential(double mean) { return -mean * portable_log(1.0 - uniform()); }

double Random::normal() { return inverse_normal(uniform() * (1.0 - 0x1.0p-52) + 0x1.0p-54); }

double Random::lognormal(double median, double sigma) {
    return median * portable_exp(sigma * normal());
}

std::int64_t Random::poisson(double mean) {
    if (mean > 50.0) {  // the normal approximation is within half a percent of the counts here
        const double drawn = mean + std::sqrt(mean) * normal() + 0.5;
        return drawn < 0 ? 0 : static_cast<std::int64_t>(drawn);
    }
    std::int64_t count = 0;
    for (double time = exponential(1.0); time < mean; time += exponential(1.0)) ++count;
    return count;
}

std::size_t Random::pick(std::span<const double> weights) {
    double total = 0.0;
    for (const double weight : weights) total += weight;
    double left = uniform() * total;
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
        if (left < weights[i]) return i;
        left -= weights[i];
    }
    return weights.size() - 1;
}

}  // namespace klarsyn
