#pragma once

#include <QtGlobal>

#include <algorithm>

namespace concierge::app {

/// Whether the process takes more memory than it should: from the mark on, until it is a tenth below, so that
/// it does not flap; or half way back to what it takes with nobody there, where that is nearer. A mark of 0
/// is never reached.
class MemoryWatermark
{
public:
    /// `idle`: what the process takes with nobody there.
    explicit MemoryWatermark(qint64 mark, qint64 idle = 0) noexcept
        : m_mark(mark)
        , m_end(std::max(mark - mark / 10, std::min(mark, idle + (mark - idle) / 2)))
    {}

    bool update(qint64 bytes) noexcept
    {
        m_isOver = m_mark > 0 && (m_isOver ? bytes >= end() : bytes >= m_mark);
        return m_isOver;
    }
    bool isOver() const noexcept { return m_isOver; }
    qint64 end() const noexcept { return m_end; }

private:
    const qint64 m_mark;
    const qint64 m_end;
    bool m_isOver = false;
};

} // namespace concierge::app
