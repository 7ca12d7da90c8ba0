#pragma once

#include <type_traits>
#include <utility>
#include <variant>

namespace concierge {

/// A value, or the error that kept it from being made. Errors are closed enums or small structs.
/// Stand-in for C++23's std::expected, with the part of its interface that is used here.
template <class T, class E>
class [[nodiscard]] Result
{
    static_assert(!std::is_same_v<T, E>, "a Result's value and error need distinct types");

public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {}
    Result(E error)
        : m_state(std::in_place_index<1>, std::move(error))
    {}

    bool hasValue() const noexcept { return m_state.index() == 0; }
    explicit operator bool() const noexcept { return hasValue(); }

    T &value() & { return std::get<0>(m_state); }
    const T &value() const & { return std::get<0>(m_state); }
    T &&value() && { return std::get<0>(std::move(m_state)); }
    const E &error() const { return std::get<1>(m_state); }

    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }

private:
    std::variant<T, E> m_state;
};

} // namespace concierge
