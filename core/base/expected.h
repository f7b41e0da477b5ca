// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <variant>

namespace retryscope {

/// Wraps an error so that Expected<T, E> can be built from it even where T and E convert.
template <typename E> struct Unexpected { E error; };
template <typename E> Unexpected(E) -> Unexpected<E>;

/// A value, or the reason why there is none (GCC 12 has no std::expected in C++20). True means a value; * and -> without
/// one, and error() with one, throw std::bad_variant_access.
template <typename T, typename E> class Expected
{
public:
    Expected(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    template <typename G> Expected(Unexpected<G> u) : m_state(std::in_place_index<1>, std::move(u.error)) {}

    explicit operator bool() const { return m_state.index() == 0; }
    const T &operator*() const & { return std::get<0>(m_state); }
    T &operator*() & { return std::get<0>(m_state); }
    const T *operator->() const { return &std::get<0>(m_state); }
    T *operator->() { return &std::get<0>(m_state); }
    const E &error() const { return std::get<1>(m_state); }

private:
    std::variant<T, E> m_state;
};

} // namespace retryscope
