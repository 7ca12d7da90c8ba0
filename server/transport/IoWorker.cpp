#include "transport/IoWorker.h"

#include "transport/Cors.h"
#include "transport/HttpConnection.h"
#include "transport/IoDispatcherFactory.h"
#include "transport/LaterDeleter.h"
#include "transport/SocketHandoff.h"
#include "transport/TlsContext.h"
#include "transport/TlsHandshake.h"
#include "transport/WebSocketGate.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QLoggingCategory>

#include <algorithm>
#include <future>
#include <unordered_map>
#include <utility>

namespace concierge::transport {

Q_LOGGING_CATEGORY(lcTransport, "concierge.transport")

using metrics::Counter;

/// The connections of one worker while they speak HTTP. Thread: the worker's.
class IoWorker::Gate final : public ConnectionOwner
{
public:
    Gate(IoWorker &worker, GateListener &listener, QList<IoWorker *> peers);
    ~Gate() override;

    void adopt(OwnedDescriptor &descriptor, const QByteArray &unread);
    void drain();
    /// The socket is this thread's.
    void adopt(std::unique_ptr<QTcpSocket> socket);
    void sweep();
    WebSocketGate &webSockets() { return m_webSockets; }

    void upgrade(HttpConnection &connection, const HttpRequest &request) override;
    bool move(HttpConnection &connection, int worker) override;
    void ended(HttpConnection &connection) override;
    QObject &lingering() override { return m_lingering; }
    TurnQueue *turns() override { return &m_worker.m_turns; }

private:
    struct Leaving
    {
        std::unique_ptr<QTcpSocket> socket;
        IoWorker *target;
    };

    bool take(OwnedDescriptor &descriptor, QTcpSocket &socket);
    void beginTls(OwnedDescriptor &descriptor);
    void endTls(TlsHandshake &handshake, std::unique_ptr<QTcpSocket> socket);
    void sendAway();

    IoWorker &m_worker;
    GateListener &m_listener;
    const QList<IoWorker *> m_peers;
    bool m_isDraining = false;
    WebSocketGate m_webSockets;
    std::unordered_map<HttpConnection *, std::unique_ptr<HttpConnection>> m_connections;
    std::vector<std::unique_ptr<HttpConnection>> m_ended; // destroyed at the end of the turn
    std::unordered_map<TlsHandshake *, std::unique_ptr<TlsHandshake>> m_handshakes;
    std::vector<std::unique_ptr<TlsHandshake>> m_endedHandshakes; // likewise
    std::vector<Leaving> m_leaving;                               // they leave at the end of the turn
    QObject m_lingering;
};

IoWorker::Gate::Gate(IoWorker &worker, GateListener &listener, QList<IoWorker *> peers)
    : m_worker(worker)
    , m_listener(listener)
    , m_peers(std::move(peers))
    , m_webSockets(worker.m_options, worker.m_deadlines, worker.m_turns, worker.m_counters)
{}

IoWorker::Gate::~Gate()
{
    m_worker.m_counters.add(Counter::TcpClosed,
                            m_connections.size() + m_handshakes.size() + m_leaving.size());
}

void IoWorker::Gate::sweep()
{
    m_ended.clear();
    m_endedHandshakes.clear();
    if (!m_leaving.empty())
        sendAway();
}

/// False: the connection is gone.
bool IoWorker::Gate::take(OwnedDescriptor &descriptor, QTcpSocket &socket)
{
    if (!socket.setSocketDescriptor(descriptor.get())) {
        qCWarning(lcTransport) << "cannot take a connection:" << socket.errorString();
        m_worker.m_counters.add(Counter::TcpClosed);
        return false;
    }
    descriptor.release();
    socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    return true;
}

void IoWorker::Gate::adopt(OwnedDescriptor &descriptor, const QByteArray &unread)
{
    if (m_worker.m_options.tls) {
        beginTls(descriptor);
        return;
    }
    auto socket = std::make_unique<QTcpSocket>();
    if (!take(descriptor, *socket))
        return;
    for (auto byte = unread.crbegin(); byte != unread.crend(); ++byte)
        socket->ungetChar(*byte);
    adopt(std::move(socket));
}

void IoWorker::Gate::beginTls(OwnedDescriptor &descriptor)
{
    auto socket = std::make_unique<TlsSocket>();
    if (!take(descriptor, *socket))
        return;
    auto handshake = std::make_unique<TlsHandshake>(
        std::move(socket), *m_worker.m_options.tls, m_worker.m_options.handshakeTimeout, m_worker.m_deadlines,
        m_worker.m_counters, m_lingering, [this](TlsHandshake &ended, std::unique_ptr<QTcpSocket> encrypted) {
            endTls(ended, std::move(encrypted));
        });
    TlsHandshake *begun = handshake.get();
    m_handshakes.emplace(begun, std::move(handshake));
}

void IoWorker::Gate::endTls(TlsHandshake &handshake, std::unique_ptr<QTcpSocket> socket)
{
    const auto found = m_handshakes.find(&handshake);
    m_endedHandshakes.push_back(std::move(found->second));
    m_handshakes.erase(found);
    if (!socket)
        return;
    m_worker.m_counters.add(Counter::TlsHandshakes);
    adopt(std::move(socket));
}

void IoWorker::Gate::adopt(std::unique_ptr<QTcpSocket> socket)
{
    auto connection = std::make_unique<HttpConnection>(std::move(socket), m_worker.m_options, m_listener,
                                                       m_worker.m_deadlines, m_worker.m_counters, *this);
    HttpConnection *started = connection.get();
    m_connections.emplace(started, std::move(connection));
    if (m_isDraining)
        started->drain();
    started->start();
}

void IoWorker::Gate::drain()
{
    m_isDraining = true;
    for (const auto &[connection, owned] : m_connections)
        connection->drain();
}

void IoWorker::Gate::ended(HttpConnection &connection)
{
    const auto found = m_connections.find(&connection);
    if (found == m_connections.end())
        return;
    m_ended.push_back(std::move(found->second));
    m_connections.erase(found);
}

bool IoWorker::Gate::move(HttpConnection &connection, int worker)
{
    if (worker < 0 || worker >= m_peers.size() || worker == m_worker.m_index)
        return false;
    if (m_worker.m_options.tls) {
        m_leaving.push_back({connection.release(), m_peers.at(worker)});
        return true;
    }
    const std::unique_ptr<QTcpSocket, LaterDeleter> socket(
        connection.release().release()); // we are in a signal of it
    const QByteArray unread = socket->readAll();
    const auto descriptor =
        std::make_shared<OwnedDescriptor>(duplicateDescriptor(socket->socketDescriptor()));
    if (!descriptor->isValid()) {
        qCWarning(lcTransport) << "cannot move a connection to another worker: out of descriptors";
        m_worker.m_counters.add(Counter::TcpClosed);
        return true;
    }
    socket->abort(); // our handle only: the copy keeps the connection open
    IoWorker *target = m_peers.at(worker);
    target->post([target, descriptor, unread] {
        if (target->m_gate)
            target->m_gate->adopt(*descriptor, unread);
    });
    return true;
}

/// A TLS connection's keys are in its socket, so the socket itself moves, with what it holds unread. Not from
/// within a signal of its own, on whose way back it would still be used here.
void IoWorker::Gate::sendAway()
{
    for (Leaving &leaving : std::exchange(m_leaving, {})) {
        leaving.socket->moveToThread(&leaving.target->m_thread);
        const auto socket = std::make_shared<std::unique_ptr<QTcpSocket>>(std::move(leaving.socket));
        leaving.target->post([target = leaving.target, socket] {
            if (!target->m_gate)
                return;
            if ((*socket)->state() == QAbstractSocket::ConnectedState)
                target->m_gate->adopt(std::move(*socket));
            else
                target->m_counters.add(Counter::TcpClosed); // it ended on its way
        });
    }
}

void IoWorker::Gate::upgrade(HttpConnection &connection, const HttpRequest &request)
{
    if (auto refusal = m_listener.onUpgradeRequest(request)) {
        connection.refuse(request, *refusal);
        return;
    }
    if (!isOriginAllowed(m_worker.m_options.cors, request)) {
        m_worker.m_counters.refused(metrics::Refused::Origin);
        connection.refuse(request, {403, QByteArrayLiteral("text/html"), QByteArrayLiteral("Forbidden"), {}});
        return;
    }
    if (auto refusal = m_webSockets.refuse(request)) {
        m_worker.m_counters.refused(metrics::Refused::BadRequest);
        connection.refuse(request, *refusal);
        return;
    }
    m_listener.onWebSocket(request, m_webSockets.accept(request, connection.release()));
}

IoWorker::IoWorker(int index, GateOptions options, const Clock &clock, metrics::ThreadCounters &counters)
    : m_index(index)
    , m_options(std::move(options))
    , m_counters(counters)
    , m_deadlines(clock, m_options.deadlineGranularity)
{
    m_thread.setObjectName(QStringLiteral("io-%1").arg(index));
}

IoWorker::~IoWorker()
{
    stop({});
}

void IoWorker::start(GateListener &listener, QList<IoWorker *> peers, std::function<void()> onThread)
{
    // Qt's own dispatcher stays where there is none of ours (Windows).
    std::unique_ptr<QAbstractEventDispatcher> dispatcher = makeIoDispatcher([this] { finishTurn(); });
    const bool isOurs = dispatcher != nullptr;
    if (isOurs)
        m_thread.setEventDispatcher(dispatcher.release());
    post([this, &listener, peers = std::move(peers), onThread = std::move(onThread)] {
        m_timer = std::make_unique<QTimer>();
        m_timer->setSingleShot(true);
        m_timer->setTimerType(Qt::PreciseTimer);
        QObject::connect(m_timer.get(), &QTimer::timeout, m_timer.get(), [this] {
            m_timerDue.reset();
            m_isReschedule = true;
            m_deadlines.advance();
        });
        m_deadlines.setRescheduleHandler([this] { m_isReschedule = true; });
        m_gate = std::make_unique<Gate>(*this, listener, peers);
        m_arrivals = std::make_unique<Arrivals>(*this);
        if (onThread)
            onThread();
    });
    QObject::connect(
        &m_thread, &QThread::started, &m_thread,
        [this, isOurs] {
            if (!isOurs) {
                QObject::connect(
                    m_thread.eventDispatcher(), &QAbstractEventDispatcher::aboutToBlock,
                    m_thread.eventDispatcher(), [this] { finishTurn(); }, Qt::DirectConnection);
            }
        },
        Qt::DirectConnection);
    m_thread.start();
    // The first task has run when a second one has.
    const auto isRunning = std::make_shared<std::promise<void>>(); // shared: set_value() may end after wait()
    post([isRunning] { isRunning->set_value(); });
    isRunning->get_future().wait();
}

void IoWorker::stop(std::function<void()> onThread)
{
    if (!m_thread.isRunning())
        return;
    post([this, onThread = std::move(onThread)] {
        m_hooks.clear();
        m_writtenHooks.clear();
        if (onThread)
            onThread();
        m_arrivals.reset();
        m_gate.reset();
        m_timer.reset();
        m_deadlines.setRescheduleHandler({});
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        {
            // From here on nobody wakes a dispatcher that is about to be deleted.
            const std::lock_guard lock(m_taskMutex);
            m_isOver = true;
        }
        m_thread.quit();
    });
    m_thread.join();
    m_tasks.clear();
}

void IoWorker::adopt(qintptr descriptor)
{
    const auto owned = std::make_shared<OwnedDescriptor>(descriptor);
    post([this, owned] {
        if (m_gate)
            m_arrivals->add(owned);
    });
}

void IoWorker::Arrivals::add(std::shared_ptr<OwnedDescriptor> descriptor)
{
    m_waiting.push_back(std::move(descriptor));
    if (!is_linked())
        m_worker.m_turns.add(*this);
}

int IoWorker::Arrivals::onTurn()
{
    const auto descriptor = std::move(m_waiting.front());
    m_waiting.pop_front();
    m_worker.m_counters.add(Counter::TcpAccepted);
    m_worker.m_gate->adopt(*descriptor, {});
    if (!m_waiting.empty())
        m_worker.m_turns.add(*this);
    return TurnQueue::share;
}

void IoWorker::drain()
{
    if (m_gate)
        m_gate->drain();
}

void IoWorker::post(std::function<void()> task)
{
    const std::lock_guard lock(m_taskMutex);
    if (m_isOver)
        return;
    m_tasks.push_back(std::move(task));
    QAbstractEventDispatcher *dispatcher = m_thread.eventDispatcher();
    if (m_tasks.size() == 1 && dispatcher)
        dispatcher->wakeUp();
}

void IoWorker::addTurnHook(std::function<void()> hook)
{
    m_hooks.push_back(std::move(hook));
}

void IoWorker::addWrittenHook(std::function<void()> hook)
{
    m_writtenHooks.push_back(std::move(hook));
}

void IoWorker::runTasks()
{
    m_running.clear();
    {
        const std::lock_guard lock(m_taskMutex);
        m_running.swap(m_tasks);
    }
    for (const auto &task : m_running)
        task();
    m_running.clear();
}

/// The end of a turn: what others asked for, what the layers above gathered, what is to be written.
void IoWorker::finishTurn()
{
    runTasks();
    for (std::size_t i = 0; i < m_hooks.size(); ++i)
        m_hooks[i]();
    if (!m_gate)
        return;
    if (m_gate->webSockets().flush())
        m_thread.eventDispatcher()->wakeUp(); // the hooks were before it: another turn, others between
    for (const auto &hook : m_writtenHooks)
        hook();
    m_gate->sweep();
    // Last: who sends little does not wait for it.
    if (m_turns.run())
        m_thread.eventDispatcher()->wakeUp();
    armTimer();
}

void IoWorker::armTimer()
{
    if (!std::exchange(m_isReschedule, false))
        return;
    const auto due = m_deadlines.nextDue();
    if (due == m_timerDue)
        return;
    m_timerDue = due;
    if (due)
        m_timer->start(std::max(Milliseconds(0), *due - m_deadlines.clock().monotonic()));
    else
        m_timer->stop();
}

} // namespace concierge::transport
