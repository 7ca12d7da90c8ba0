#include "monitoring/LogTap.h"

#include <algorithm>
#include <utility>

namespace concierge::monitoring {

void LogTap::append(feed::LogRecord record)
{
    if (record.message.size() > maxMessage) {
        record.message.truncate(maxMessage);
        record.message += QChar(0x2026);
    }
    const std::lock_guard lock(m_mutex);
    std::swap(m_ring[m_end % capacity], record); // the old one is freed after the lock
    ++m_end;
}

LogTap::Page LogTap::read(quint64 from, std::size_t max) const
{
    Page page;
    const std::lock_guard lock(m_mutex);
    const quint64 first = std::min(std::max(from, oldest()), m_end);
    page.next = std::min<quint64>(m_end, first + max);
    for (quint64 number = first; number < page.next; ++number)
        page.records.push_back(m_ring[number % capacity]);
    if (!page.records.empty())
        page.records.front().skipped = static_cast<qint64>(first - from);
    return page;
}

quint64 LogTap::begin() const
{
    const std::lock_guard lock(m_mutex);
    return oldest();
}

} // namespace concierge::monitoring
