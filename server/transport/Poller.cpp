#include "transport/Poller.h"

#include <QtDebug>

#include <bit>
#include <utility>

#include <fcntl.h>

namespace concierge::transport {

namespace {

/// libuv reports POLLERR as an error and stops watching. Sockets report it once or a few times until the
/// error has been read; a descriptor that does so this often in a row has nobody who deals with it.
constexpr quint16 tolerableErrors = 256;

/// Kept for the next connections. More would lie between what a crowd has left behind, and keep it from going
/// back to the system.
constexpr std::size_t spareHandles = 64;

constexpr quint8 bit(int type)
{
    return static_cast<quint8>(1u << type);
}

int toUv(quint8 bits)
{
    return ((bits & bit(QSocketNotifier::Read)) ? UV_READABLE : 0) |
           ((bits & bit(QSocketNotifier::Write)) ? UV_WRITABLE : 0) |
           ((bits & bit(QSocketNotifier::Exception)) ? UV_PRIORITIZED : 0);
}

quint8 fromUv(int events)
{
    return static_cast<quint8>(((events & UV_READABLE) ? bit(QSocketNotifier::Read) : 0) |
                               ((events & UV_WRITABLE) ? bit(QSocketNotifier::Write) : 0) |
                               ((events & UV_PRIORITIZED) ? bit(QSocketNotifier::Exception) : 0));
}

} // namespace

quint8 Poller::Watch::interest() const noexcept
{
    quint8 bits = 0;
    for (int type = 0; type < 3; ++type) {
        if (notifiers[type])
            bits |= bit(type);
    }
    return bits;
}

Poller::Poller()
{
    if (const int error = uv_loop_init(&m_loop); error != 0)
        qFatal("Poller: cannot make an event loop: %s", uv_strerror(error));
    m_loop.data = this;
    if (const int error = uv_async_init(
            &m_loop, &m_async,
            [](uv_async_t *async) { static_cast<Poller *>(async->loop->data)->m_woken = true; });
        error != 0)
        qFatal("Poller: cannot make a wake-up descriptor: %s", uv_strerror(error));
    uv_timer_init(&m_loop, &m_timer);
}

Poller::~Poller()
{
    for (Watch &watch : m_watches)
        close(watch);
    uv_close(reinterpret_cast<uv_handle_t *>(&m_async), nullptr);
    uv_close(reinterpret_cast<uv_handle_t *>(&m_timer), nullptr);
    uv_run(&m_loop, UV_RUN_DEFAULT);
    uv_loop_close(&m_loop);
}

void Poller::add(QSocketNotifier *notifier)
{
    const int descriptor = static_cast<int>(notifier->socket());
    if (descriptor < 0)
        return;
    if (static_cast<std::size_t>(descriptor) >= m_watches.size())
        m_watches.resize(std::max<std::size_t>(std::bit_ceil(static_cast<unsigned>(descriptor) + 1), 64));
    Watch &watch = m_watches[static_cast<std::size_t>(descriptor)];
    QSocketNotifier *&place = watch.notifiers[notifier->type()];
    if (place && place != notifier) {
        qWarning("QSocketNotifier: multiple socket notifiers for same socket %d and type %d", descriptor,
                 static_cast<int>(notifier->type()));
        // The first one's descriptor may have been closed and its number given out again: start afresh.
        close(watch);
    }
    place = notifier;
    markChanged(descriptor);
}

void Poller::remove(const QSocketNotifier *notifier)
{
    const auto descriptor = static_cast<std::size_t>(notifier->socket());
    if (notifier->socket() < 0 || descriptor >= m_watches.size())
        return;
    Watch &watch = m_watches[descriptor];
    if (watch.notifiers[notifier->type()] != notifier)
        return;
    watch.notifiers[notifier->type()] = nullptr;
    watch.ready = static_cast<quint8>(watch.ready & ~bit(notifier->type()));
    if (watch.interest() == 0)
        close(watch);
    else
        markChanged(static_cast<int>(descriptor));
}

void Poller::markChanged(int descriptor)
{
    Watch &watch = m_watches[static_cast<std::size_t>(descriptor)];
    if (!watch.changed) {
        watch.changed = true;
        m_changed.push_back(descriptor);
    }
}

/// Forgets the kernel's and the batch's view of the descriptor; its notifiers stay.
void Poller::close(Watch &watch)
{
    watch.ready = 0; // its place in the batch, if it has one, is passed over
    watch.applied = 0;
    watch.errors = 0;
    if (watch.handle) {
        uv_close(reinterpret_cast<uv_handle_t *>(&watch.handle->poll), onClosed); // stops watching at once
        watch.handle = nullptr;
        ++m_statistics.closed;
    }
}

void Poller::onClosed(uv_handle_t *handle)
{
    std::unique_ptr<Handle> closed(static_cast<Handle *>(handle->data));
    std::vector<std::unique_ptr<Handle>> &spare = closed->owner->m_spare;
    if (spare.size() < spareHandles)
        spare.push_back(std::move(closed));
}

int Poller::open(int descriptor)
{
    if (m_spare.empty())
        m_spare.push_back(std::make_unique<Handle>());
    Handle *handle = m_spare.back().get();
    ++m_statistics.opened;
    if (const int error = uv_poll_init(&m_loop, &handle->poll, descriptor); error != 0)
        return error;
    m_spare.back().release(); // libuv's, until onClosed()
    m_spare.pop_back();
    handle->poll.data = handle;
    handle->owner = this;
    handle->descriptor = descriptor;
    m_watches[static_cast<std::size_t>(descriptor)].handle = handle;
    return 0;
}

void Poller::applyChanges()
{
    m_writers.clear();
    // By index: disable() may add to the list.
    for (std::size_t i = 0; i < m_changed.size(); ++i) {
        const int descriptor = m_changed[i];
        Watch &watch = m_watches[static_cast<std::size_t>(descriptor)];
        if (!std::exchange(watch.changed, false))
            continue;
        const int more = watch.interest() ^ watch.applied;
        if (watch.applied != 0 && more == bit(QSocketNotifier::Write) &&
            watch.notifiers[QSocketNotifier::Write])
            m_writers.push_back({descriptor, POLLOUT, 0});
        else
            apply(descriptor);
    }
    m_changed.clear();
    if (!m_writers.empty())
        offerWriters();
}

/// Who has something to write can nearly always do so at once, and then has no more to write. Asking once for
/// all of them is cheaper than having each watched and, a turn later, not watched again.
void Poller::offerWriters()
{
    if (::poll(m_writers.data(), static_cast<nfds_t>(m_writers.size()), 0) < 0) {
        for (pollfd &writer : m_writers)
            writer.revents = 0;
    }
    for (const pollfd &writer : m_writers) {
        if (writer.revents & POLLNVAL) {
            disable(writer.fd, "it is closed");
        } else if (writer.revents != 0) {
            enqueue(writer.fd, bit(QSocketNotifier::Write));
            markChanged(writer.fd); // to be asked again if it goes on
        } else {
            apply(writer.fd);
        }
    }
}

void Poller::apply(int descriptor)
{
    Watch &watch = m_watches[static_cast<std::size_t>(descriptor)];
    const quint8 interest = watch.interest();
    if (interest == watch.applied)
        return;
    if (watch.errors > tolerableErrors)
        return disable(descriptor, "its error is not dealt with");
    if (!watch.handle) {
        if (const int error = open(descriptor); error != 0)
            return disable(descriptor, uv_strerror(error));
    } else if (::fcntl(descriptor, F_GETFD) == -1) {
        // Closed behind our back. libuv aborts the process when the kernel refuses a descriptor.
        return disable(descriptor, "it is closed");
    }
    ++m_statistics.started;
    if (const int error = uv_poll_start(&watch.handle->poll, toUv(interest), onPoll); error != 0)
        return disable(descriptor, uv_strerror(error));
    watch.applied = interest;
}

void Poller::disable(int descriptor, const char *why)
{
    qWarning("QSocketNotifier: disabling the notifiers of descriptor %d: %s", descriptor, why);
    for (int type = 0; type < 3; ++type) {
        if (QSocketNotifier *notifier = m_watches[static_cast<std::size_t>(descriptor)].notifiers[type])
            notifier->setEnabled(false); // comes back as remove()
    }
}

void Poller::suspend()
{
    for (std::size_t descriptor = 0; descriptor < m_watches.size(); ++descriptor) {
        Watch &watch = m_watches[descriptor];
        if (watch.applied == 0)
            continue;
        uv_poll_stop(&watch.handle->poll);
        watch.applied = 0;
        markChanged(static_cast<int>(descriptor));
    }
}

/// Sets libuv's timer for the deadline; false when there is nothing to wait for any more.
bool Poller::waitUntil(std::optional<TimePoint> deadline)
{
    uv_timer_stop(&m_timer);
    if (!deadline)
        return true;
    if (*deadline == TimePoint::min()) // never mind the clock
        return false;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
        return false;
    uv_update_time(&m_loop); // it still has the time of the last poll
    // libuv runs due timers before it waits. One that has become due since would leave nothing to wait for,
    // and libuv would wait for ever: stopping makes that wait none.
    uv_timer_start(
        &m_timer, [](uv_timer_t *timer) { uv_stop(timer->loop); }, static_cast<quint64>(left.count()), 0);
    return true;
}

void Poller::gather(std::optional<TimePoint> deadline, Notifiers notifiers)
{
    if (notifiers == Notifiers::Included) {
        m_suspended = false;
        applyChanges();
    } else if (!m_suspended) {
        m_suspended = true;
        suspend();
    }

    m_woken = false;
    bool blocks = true;
    do {
        blocks = !(notifiers == Notifiers::Included && hasReady()) && waitUntil(deadline);
        ++m_statistics.polls;
        uv_run(&m_loop, blocks ? UV_RUN_ONCE : UV_RUN_NOWAIT);
        // libuv returns early while it has handles to close, or when its clock of whole milliseconds is
        // ahead.
    } while (blocks && !m_woken && (m_suspended || !hasReady()));
    if (m_woken)
        ++m_statistics.wakes;
}

void Poller::onPoll(uv_poll_t *poll, int status, int events)
{
    const auto *handle = static_cast<const Handle *>(poll->data);
    Poller &self = *handle->owner;
    Watch &watch = self.m_watches[static_cast<std::size_t>(handle->descriptor)];
    if (status >= 0) {
        watch.errors = 0;
        self.enqueue(handle->descriptor, fromUv(events));
        return;
    }
    // libuv has stopped watching: everyone hears of the error, and who still wants to know is watched again.
    ++watch.errors;
    watch.applied = 0;
    self.markChanged(handle->descriptor);
    self.enqueue(handle->descriptor,
                 bit(QSocketNotifier::Read) | bit(QSocketNotifier::Write) | bit(QSocketNotifier::Exception));
}

void Poller::enqueue(int descriptor, quint8 bits)
{
    Watch &watch = m_watches[static_cast<std::size_t>(descriptor)];
    watch.ready = static_cast<quint8>(watch.ready | (bits & watch.interest()));
    if (watch.ready == 0 || watch.queued)
        return;
    watch.queued = true;
    m_ready.push_back(descriptor);
}

QSocketNotifier *Poller::takeReady()
{
    while (hasReady()) {
        Watch &watch = m_watches[static_cast<std::size_t>(m_ready[m_readyHead])];
        if (watch.ready != 0) {
            // One at a time: its handler may remove the others.
            const int type = std::countr_zero(watch.ready);
            watch.ready = static_cast<quint8>(watch.ready & ~bit(type));
            return watch.notifiers[type];
        }
        watch.queued = false;
        ++m_readyHead;
    }
    m_ready.clear();
    m_readyHead = 0;
    return nullptr;
}

void Poller::wake()
{
    uv_async_send(&m_async);
}

} // namespace concierge::transport
