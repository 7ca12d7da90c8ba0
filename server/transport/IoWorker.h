#pragma once

#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "shared/TokenBucket.h"
#include "transport/ClientAddress.h"
#include "transport/DeadlineWheel.h"
#include "transport/EventThread.h"
#include "transport/Transport.h"
#include "transport/TurnQueue.h"

#include <QList>
#include <QObject>
#include <QTimer>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace concierge::transport {

class OwnedDescriptor;
class TlsContext;

/// Which pages may talk to us. Empty list and anyOrigin false: no CORS headers, same origin only.
struct CorsOptions
{
    QList<QByteArray> origins; ///< scheme://host[:port], lower case, as browsers send them
    bool anyOrigin = false;    ///< `*`: the request's Origin is echoed
    bool credentials = true;   ///< false, with anyOrigin: pages get a plain `*`, and no cookies
};

struct GateOptions
{
    qint64 maxPayload = 1'000'000;    ///< bytes of a body, and of a WebSocket message
    Milliseconds headTimeout{10'000}; ///< from accept, or a request's first byte, to its complete head
    Milliseconds bodyTimeout{30'000};
    Milliseconds keepAliveTimeout{65'000};   ///< idle between requests
    Milliseconds closeTimeout{10'000};       ///< from a WebSocket's close frame to the peer's
    Milliseconds deadlineGranularity{8};     ///< the most that a deadline may be late
    qint64 outboxSoftBytes = 64 * 1024;      ///< above: SendStatus::Buffered
    qint64 outboxMaxBytes = 4 * 1024 * 1024; ///< above: SendStatus::Dropped
    RateLimit byteRate{}; ///< of a WebSocket's messages; who sends more is read from more slowly
    CorsOptions cors;
    std::shared_ptr<const TlsContext> tls; ///< nothing: plain HTTP and WebSocket
    Milliseconds handshakeTimeout{10'000}; ///< from accept to the end of TLS's handshake
    TrustedProxies proxies;                ///< whose X-Forwarded-For is believed
};

/// One io thread's world: its event dispatcher, its connections, its deadline wheel. Created and destroyed on
/// any thread; everything else runs on its own.
class IoWorker : public QObject
{
    Q_OBJECT

public:
    IoWorker(int index, GateOptions options, const Clock &clock, metrics::ThreadCounters &counters);
    ~IoWorker() override;

    int index() const noexcept { return m_index; }
    /// Thread: the worker's, from start()'s `onThread` to stop()'s.
    DeadlineWheel &deadlines() noexcept { return m_deadlines; }
    TurnQueue &turns() noexcept { return m_turns; }
    metrics::ThreadCounters &counters() noexcept { return m_counters; }

    /// Starts the thread with its own dispatcher; returns when it runs. `listener` and `peers` (all workers,
    /// by index, for moving connections) outlive it. `onThread` is called first on the new thread (to build
    /// the layers above).
    void start(GateListener &listener, QList<IoWorker *> peers, std::function<void()> onThread);
    /// Runs `onThread` last on the worker's thread, closes every connection at once, joins. What the layers
    /// above hold of this worker (exchanges, WebSockets, deadlines) must be gone when `onThread` returns.
    /// What is posted later does not run. Does nothing where the worker was not started. Thread: not the
    /// worker's.
    void stop(std::function<void()> onThread);

    /// Takes a connected TCP descriptor; closes it when the worker has stopped. Thread: any.
    void adopt(qintptr descriptor);
    /// From here on every HTTP answer ends its connection, and idle connections end soon. New connections are
    /// taken and served all the same: whom to refuse is the listener's business. Thread: the worker's.
    void drain();
    /// Runs `task` on the worker's thread, soon. One wake for a batch of posts. Thread: any.
    void post(std::function<void()> task);
    /// `hook` runs at the end of every turn of the event loop, before sockets are flushed. Thread: the
    /// worker's.
    void addTurnHook(std::function<void()> hook);
    /// `hook` runs when the sockets were flushed. Thread: the worker's.
    void addWrittenHook(std::function<void()> hook);

private:
    class Gate;

    /// Connections that were accepted: they come in in turn with what those there are have to say.
    class Arrivals final : public TurnTask
    {
    public:
        explicit Arrivals(IoWorker &worker)
            : m_worker(worker)
        {}
        void add(std::shared_ptr<OwnedDescriptor> descriptor);

    private:
        int onTurn() override;
        IoWorker &m_worker;
        std::deque<std::shared_ptr<OwnedDescriptor>> m_waiting;
    };

    void finishTurn();
    void runTasks();
    void armTimer();

    const int m_index;
    const GateOptions m_options;
    metrics::ThreadCounters &m_counters;
    DeadlineWheel m_deadlines;
    TurnQueue m_turns{&m_deadlines.clock()};
    EventThread m_thread;

    std::mutex m_taskMutex;
    std::vector<std::function<void()>> m_tasks; // guarded by m_taskMutex
    bool m_isOver = false;                      // guarded by m_taskMutex

    // The worker's thread only.
    std::unique_ptr<Arrivals> m_arrivals;
    std::vector<std::function<void()>> m_running;
    std::vector<std::function<void()>> m_hooks;
    std::vector<std::function<void()>> m_writtenHooks;
    std::unique_ptr<Gate> m_gate;
    std::unique_ptr<QTimer> m_timer;
    std::optional<Milliseconds> m_timerDue;
    bool m_isReschedule = false;
};

} // namespace concierge::transport
