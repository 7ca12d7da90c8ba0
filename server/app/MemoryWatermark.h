#pragma once

#include <QtGlobal>

namespace concierge::app {

/// Whether the process takes more memory than it should: from the mark on, until it is a tenth below, so that
/// it does not flap. A mark of 0 is never reached.
class MemoryWatermark
{
public:
    explicit MemoryWatermark(qint64 mark) noexcept
        : m_mark(mark)
    {}

    bool update(qint64 bytes) noexcept
    {
        m_isOver = m_mark > 0 && (m_isOver ? bytes >= end() : bytes >= m_mark);
        return m_isOver;
    }
    bool isOver() const noexcept { return m_isOver; }
    qint64 end() const noexcept { return m_mark - m_mark / 10; }

private:
    const qint64 m_mark;
    bool m_isOver = false;
};

} // namespace concierge::app
