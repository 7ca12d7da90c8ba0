#include "transport/TurnQueue.h"

#include <algorithm>

namespace concierge::transport {

bool TurnQueue::run()
{
    if (m_tasks.empty())
        return false;
    const auto now = [this] { return m_clock ? m_clock->precise() : Microseconds(0); };
    const Microseconds end = now() + timePerTurn;
    for (int left = unitsPerTurn; left > 0 && !m_tasks.empty() && now() < end;) {
        TurnTask &task = m_tasks.front();
        m_tasks.pop_front();
        left -= std::max(1, task.onTurn());
    }
    return true;
}

} // namespace concierge::transport
