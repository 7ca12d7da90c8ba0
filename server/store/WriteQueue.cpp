#include "store/WriteQueue.h"

#include <algorithm>
#include <utility>

namespace concierge::store {

using Kind = Write::Kind;
using State = Write::State;

namespace {

/// A cancelled one has given its entry back.
qsizetype bytesOf(const Write &write)
{
    if (write.state == State::Cancelled)
        return 0;
    if (write.kind == Kind::Append)
        return costOf(write.entry);
    return write.kind == Kind::Outgoing ? static_cast<qsizetype>(write.cost) : write.bytes.size();
}

} // namespace

bool WriteQueue::isRoomFor(const Write &write) const
{
    return m_appends < maxAppends && m_bytes + bytesOf(write) <= maxBytes;
}

bool WriteQueue::push(const WritePointer &write)
{
    bool isAsleep = false;
    {
        const std::lock_guard lock(m_mutex);
        if (isRefusable(*write)) {
            if (!isRoomFor(*write))
                return false;
            ++m_appends;
            m_bytes += bytesOf(*write);
        }
        m_fresh.push_back(write);
        ++m_pushed;
        isAsleep = std::exchange(m_isAsleep, false);
    }
    if (isAsleep)
        m_wake.notify_one();
    return true;
}

bool WriteQueue::cancel(Write &write)
{
    const std::lock_guard lock(m_mutex);
    if (write.state != State::Queued)
        return false;
    if (isRefusable(write))
        m_bytes -= bytesOf(write);
    write.state = State::Cancelled;
    write.entry = {};
    write.bytes = {};
    ++m_cancelled;
    return true;
}

void WriteQueue::push(Read read)
{
    bool isAsleep = false;
    {
        const std::lock_guard lock(m_mutex);
        read.behind = m_pushed;
        m_reads.push_back(std::move(read));
        isAsleep = std::exchange(m_isAsleep, false);
    }
    if (isAsleep)
        m_wake.notify_one();
}

void WriteQueue::push(std::function<void()> task)
{
    bool isAsleep = false;
    {
        const std::lock_guard lock(m_mutex);
        m_tasks.push_back(std::move(task));
        isAsleep = std::exchange(m_isAsleep, false);
    }
    if (isAsleep)
        m_wake.notify_one();
}

std::vector<std::function<void()>> WriteQueue::takeTasks()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_tasks, {});
}

void WriteQueue::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopping = true;
    }
    m_wake.notify_one();
}

void WriteQueue::wait(std::optional<std::chrono::steady_clock::time_point> until)
{
    std::unique_lock lock(m_mutex);
    const auto isAwake = [this] {
        return m_isStopping || !m_fresh.empty() || !m_tasks.empty() || isReadDue();
    };
    m_isAsleep = !isAwake();
    if (until)
        m_wake.wait_until(lock, *until, isAwake);
    else
        m_wake.wait(lock, isAwake);
    m_isAsleep = false;
}

void WriteQueue::taken(Write &write)
{
    ++m_taken;
    if (!isRefusable(write))
        return;
    --m_appends;
    m_bytes -= bytesOf(write);
}

void WriteQueue::take(std::deque<WritePointer> &from, std::vector<WritePointer> &into, qsizetype &bytes)
{
    while (!from.empty() && into.size() < batchWrites && bytes < batchBytes) {
        WritePointer write = std::move(from.front());
        from.pop_front();
        bytes += bytesOf(*write);
        if (&from == &m_fresh)
            taken(*write);
        if (write->state == State::Queued)
            write->state = State::Taken;
        into.push_back(std::move(write));
    }
}

std::vector<WritePointer> WriteQueue::takeBatch()
{
    std::vector<WritePointer> batch;
    qsizetype bytes = 0;
    const std::lock_guard lock(m_mutex);
    take(m_kept, batch, bytes);
    take(m_fresh, batch, bytes);
    return batch;
}

WriteQueue::Unwritten WriteQueue::takeUnwritten()
{
    Unwritten unwritten;
    const std::lock_guard lock(m_mutex);
    for (WritePointer &write : m_fresh) {
        taken(*write);
        if (!isRefusable(*write)) {
            unwritten.kept.push_back(write);
            m_kept.push_back(std::move(write));
            continue;
        }
        if (write->state == State::Queued)
            write->state = State::Taken;
        unwritten.appends.push_back(std::move(write));
    }
    m_fresh.clear();
    dropCancelled();
    return unwritten;
}

/// Who joins and leaves again and again while nothing can be written must not take memory for it.
void WriteQueue::dropCancelled()
{
    constexpr std::size_t few = 1'024;
    if (m_cancelled < few || m_cancelled < m_kept.size() / 2)
        return;
    std::erase_if(m_kept, [](const WritePointer &write) { return write->state == State::Cancelled; });
    m_cancelled = 0;
}

void WriteQueue::putBack(const std::vector<WritePointer> &writes)
{
    const std::lock_guard lock(m_mutex);
    for (const WritePointer &write : writes) {
        if (write->state == State::Taken)
            write->state = State::Queued;
    }
    m_kept.insert(m_kept.begin(), writes.begin(), writes.end());
}

std::optional<Read> WriteQueue::takeRead()
{
    const std::lock_guard lock(m_mutex);
    if (!isReadDue())
        return std::nullopt;
    Read read = std::move(m_reads.front());
    m_reads.pop_front();
    return read;
}

bool WriteQueue::hasFresh()
{
    const std::lock_guard lock(m_mutex);
    return !m_fresh.empty();
}

bool WriteQueue::hasKept()
{
    const std::lock_guard lock(m_mutex);
    return !m_kept.empty();
}

qint64 WriteQueue::size()
{
    const std::lock_guard lock(m_mutex);
    return static_cast<qint64>(m_kept.size()) + static_cast<qint64>(m_fresh.size());
}

bool WriteQueue::isStopping()
{
    const std::lock_guard lock(m_mutex);
    return m_isStopping;
}

} // namespace concierge::store
