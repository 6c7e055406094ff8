// Result<T>: a value or an Error. Expected failures travel as values and cannot be ignored.
// KL_TRY unwraps or returns the error; KL_ASSERT guards against bugs, in release builds too.
// Thread-safe as plain values are. Nothing here throws.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace klarsyn {

enum class ErrorCode {
    invalid_input,  // the caller's data or arguments are wrong
    not_found,      // no such thing, or none that the caller may see
    conflict,       // somebody else changed it first, or it exists already
    refused,        // understood, but a rule forbids it
    unavailable,    // try again: busy, locked, not installed
    internal,       // our own fault
};

// An error names the failing input. `key` is a key of the text catalogue (text/da.toml, en.toml)
// and `args` fill its {placeholders}; `file`, `line` (1-based, 0 = none) and `field` say where.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string key;
    std::vector<std::pair<std::string, std::string>> args;
    std::string file;
    long long line = 0;
    std::string field;
};

inline Error make_error(ErrorCode code, std::string key,
                        std::vector<std::pair<std::string, std::string>> args = {}) {
    Error error;
    error.code = code;
    error.key = std::move(key);
    error.args = std::move(args);
    return error;
}

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& value() { return check(), std::get<0>(state_); }
    const T& value() const { return check(), std::get<0>(state_); }
    T take() { return check(), std::move(std::get<0>(state_)); }
    const Error& error() const { return std::get<1>(state_); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    void check() const {
        if (!ok()) std::abort();
    }
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}
    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    void value() const {
        if (error_) std::abort();
    }
    void take() const { value(); }
    const Error& error() const { return *error_; }

private:
    std::optional<Error> error_;
};

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace klarsyn

#define KL_CONCAT_(a, b) a##b
#define KL_CONCAT(a, b) KL_CONCAT_(a, b)

// KL_TRY(auto value, expression_returning_result);
#define KL_TRY(target, expression)                              \
    auto KL_CONCAT(kl_result_, __LINE__) = (expression);        \
    if (!KL_CONCAT(kl_result_, __LINE__).ok())                  \
        return KL_CONCAT(kl_result_, __LINE__).error();         \
    target = KL_CONCAT(kl_result_, __LINE__).take()

// KL_CHECK(expression_returning_result_void);
#define KL_CHECK(expression)                                      \
    do {                                                          \
        auto kl_result = (expression);                            \
        if (!kl_result.ok()) return kl_result.error();            \
    } while (false)

#define KL_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::klarsyn::assertion_failed(#condition, __FILE__, __LINE__))
