#pragma once

#include <cstddef>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace concierge::app {

/// A queue between threads: many write, one reads. The reader takes everything at once; a writer learns
/// whether it has to wake the reader, which is once per batch. Thread: any, except take(): the reader's.
template <class T>
class Mailbox
{
public:
    /// Moves `batch` in and leaves it empty. True: the mailbox was empty, so the reader must be woken.
    bool post(std::vector<T> &batch)
    {
        const std::lock_guard lock(m_mutex);
        const bool wasEmpty = m_items.empty();
        if (wasEmpty)
            m_items.swap(batch);
        else
            m_items.insert(m_items.end(), std::make_move_iterator(batch.begin()),
                           std::make_move_iterator(batch.end()));
        batch.clear();
        return wasEmpty;
    }

    /// Swaps everything that waits into `items`, whose own content is dropped and whose capacity is kept for
    /// later.
    void take(std::vector<T> &items)
    {
        items.clear();
        const std::lock_guard lock(m_mutex);
        m_items.swap(items);
    }

    std::size_t size() const
    {
        const std::lock_guard lock(m_mutex);
        return m_items.size();
    }

private:
    mutable std::mutex m_mutex;
    std::vector<T> m_items;
};

} // namespace concierge::app
