#include "transport/TurnQueue.h"

#include <algorithm>

namespace concierge::transport {

bool TurnQueue::run()
{
    if (m_tasks.empty())
        return false;
    for (int left = unitsPerTurn; left > 0 && !m_tasks.empty();) {
        TurnTask &task = m_tasks.front();
        m_tasks.pop_front();
        left -= std::max(1, task.onTurn());
    }
    return true;
}

} // namespace concierge::transport
