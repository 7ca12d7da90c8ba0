#pragma once

#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace concierge::app {

/// A queue between threads: many write, one reads. The reader takes everything at once; waking it is the
/// writer's. Thread: any, except take(): the reader's.
template <class T>
class Mailbox
{
public:
    /// Moves `batch` in and leaves it empty.
    void post(std::vector<T> &batch)
    {
        const std::lock_guard lock(m_mutex);
        if (m_items.empty())
            m_items.swap(batch);
        else
            m_items.insert(m_items.end(), std::make_move_iterator(batch.begin()),
                           std::make_move_iterator(batch.end()));
        batch.clear();
    }

    /// Swaps everything that waits into `items`, whose own content is dropped and whose capacity is kept for
    /// later.
    void take(std::vector<T> &items)
    {
        items.clear();
        const std::lock_guard lock(m_mutex);
        m_items.swap(items);
    }

private:
    std::mutex m_mutex;
    std::vector<T> m_items;
};

} // namespace concierge::app
