#pragma once

#include <QSocketNotifier>

#include <uv.h>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <poll.h>

namespace concierge::transport {

/// Readiness of descriptors for an event dispatcher, through libuv (epoll, kqueue).
///
/// gather() only collects which notifiers are ready; the dispatcher takes them with takeReady() and calls
/// them afterwards. So a handler may run a nested loop, which gathers again into the same batch: uv_run()
/// itself is not re-entrant.
///
/// Interest is applied by gather(), once for all changes since the last one: enabling and disabling in
/// between costs no system call. Writers that join a watched descriptor are asked for with one poll(2) for
/// all, and watched only if they cannot write now: libuv changes interest with two calls per descriptor. Only
/// the removal of a descriptor's last notifier is applied at once, because the descriptor is about to be
/// closed, and the kernel would go on watching it if a duplicate is open elsewhere.
///
/// Descriptors become non-blocking (libuv sees to it). Level-triggered, as Qt expects. Regular files cannot
/// be watched, unlike with poll(): their notifiers are disabled with a warning, as are those of closed
/// descriptors. Thread: its dispatcher's, except wake().
class Poller
{
public:
    struct Statistics
    {
        quint64 opened = 0;  ///< uv_poll_init calls
        quint64 started = 0; ///< uv_poll_start calls
        quint64 closed = 0;  ///< uv_close calls
        quint64 polls = 0;   ///< uv_run calls
        quint64 wakes = 0;   ///< wake() seen by gather()
    };

    Poller();
    ~Poller();
    Q_DISABLE_COPY_MOVE(Poller)

    void add(QSocketNotifier *notifier);
    void remove(const QSocketNotifier *notifier);

    enum class Notifiers { Included, Excluded };
    using TimePoint = std::chrono::steady_clock::time_point;
    /// Collects what is ready, waiting for it until `deadline` (in the past: not at all; none: as long as it
    /// takes) or wake(). Never back before the deadline with nothing. Excluded: the descriptors are left out
    /// until the next call that includes them; this costs a pass over all of them, on the way out and on the
    /// way in.
    void gather(std::optional<TimePoint> deadline, Notifiers notifiers);

    /// The next notifier of the batch, null at its end. What is removed in between is not returned.
    QSocketNotifier *takeReady();
    bool hasReady() const noexcept { return m_readyHead < m_ready.size(); }

    /// Ends the gather() that is waiting, or else the next one that would. Thread: any.
    void wake();

    const Statistics &statistics() const noexcept { return m_statistics; }

private:
    struct Handle
    {
        uv_poll_t poll;
        Poller *owner;
        int descriptor;
    };
    /// A descriptor, the index of its place in m_watches.
    struct Watch
    {
        QSocketNotifier *notifiers[3] = {}; ///< by QSocketNotifier::Type
        Handle *handle = nullptr;
        quint16 errors = 0;   ///< reported in a row
        quint8 ready = 0;     ///< bits by QSocketNotifier::Type, not yet taken
        quint8 applied = 0;   ///< bits the kernel knows of
        bool queued = false;  ///< has a place in m_ready
        bool changed = false; ///< has a place in m_changed

        quint8 interest() const noexcept;
    };

    bool waitUntil(std::optional<TimePoint> deadline);
    void applyChanges();
    void offerWriters();
    void apply(int descriptor);
    int open(int descriptor);
    void close(Watch &watch);
    void disable(int descriptor, const char *why);
    void suspend();
    void markChanged(int descriptor);
    void enqueue(int descriptor, quint8 bits);

    static void onPoll(uv_poll_t *poll, int status, int events);
    static void onClosed(uv_handle_t *handle);

    uv_loop_t m_loop;
    uv_async_t m_async;
    uv_timer_t m_timer;
    std::vector<Watch> m_watches;
    std::vector<int> m_changed;
    std::vector<pollfd> m_writers;
    std::vector<int> m_ready;
    std::size_t m_readyHead = 0;
    std::vector<std::unique_ptr<Handle>> m_spare;
    bool m_suspended = false;
    bool m_woken = false;
    Statistics m_statistics;
};

} // namespace concierge::transport
