#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace concierge::chat {

/// A queue in one block of memory that costs nothing while it is empty (std::deque takes 600 bytes then).
/// Amortised O(1) at both ends. Thread: the owner's.
template <class T>
class Fifo
{
public:
    bool empty() const noexcept { return m_first == m_items.size(); }
    std::size_t size() const noexcept { return m_items.size() - m_first; }
    T &front() { return m_items[m_first]; }
    const T &front() const { return m_items[m_first]; }
    const T &back() const { return m_items.back(); }
    T &operator[](std::size_t index) { return m_items[m_first + index]; }
    const T &operator[](std::size_t index) const { return m_items[m_first + index]; }
    auto begin() { return m_items.begin() + static_cast<std::ptrdiff_t>(m_first); }
    auto end() { return m_items.end(); }
    auto begin() const { return m_items.begin() + static_cast<std::ptrdiff_t>(m_first); }
    auto end() const { return m_items.end(); }

    void push(T item) { m_items.push_back(std::move(item)); }
    T pop()
    {
        T item = std::move(m_items[m_first++]);
        if (empty()) {
            m_first = 0;
            m_items.clear();
            if (m_items.capacity() > keptCapacity)
                std::vector<T>().swap(m_items);
        } else if (m_first > keptCapacity && m_first * 2 > m_items.size()) {
            m_items.erase(m_items.begin(), begin());
            m_first = 0;
        }
        return item;
    }
    /// Takes one out of the middle; O(n).
    T take(std::size_t index)
    {
        if (index == 0)
            return pop();
        T item = std::move((*this)[index]);
        m_items.erase(begin() + static_cast<std::ptrdiff_t>(index));
        return item;
    }

private:
    static constexpr std::size_t keptCapacity = 16;

    std::vector<T> m_items;
    std::size_t m_first = 0; ///< those before it are gone
};

} // namespace concierge::chat
