// What both encodings of OTLP do alike once a point's parts are known. Internal to otlp*.cc.
#pragma once

#include "protocols/otlp.h"

namespace klarsyn {

class OtlpBuilder {
public:
    explicit OtlpBuilder(const OtlpLimits& limits) : left_(limits) {}

    // Accounts for so many attributes, buckets or bounds; false beyond the limit.
    bool room(std::size_t values);
    // Takes a point whose labels are its own; those of the resource come beneath them. False beyond
    // the limit of points.
    bool add(OtlpPoint point, const Labels& resource);
    void reject(std::int64_t points, std::string_view why);

    bool full() const { return full_; }
    OtlpRequest take() { return std::move(request_); }

private:
    OtlpLimits left_;
    bool full_ = false;
    OtlpRequest request_;
};

Result<OtlpRequest> parse_otlp_json(std::string_view message, const OtlpLimits& limits);

}  // namespace klarsyn
