// Room for millions of values: in large pages where the system has them. Filling as much memory in
// small pages costs more than most work that is done with it. Thread-safe for different containers.
#pragma once

#include <cstddef>

namespace klarsyn {

// Advice alone: a system without large pages, or a short stretch, stays as it is.
void prefer_large_pages(void* begin, std::size_t bytes);

// As reserve() of a vector or string; what it holds already is moved first.
template <typename Container>
void reserve_large(Container& values, std::size_t count) {
    values.reserve(count);
    prefer_large_pages(values.data(), values.capacity() * sizeof(*values.data()));
}

}  // namespace klarsyn
