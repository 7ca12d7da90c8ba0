#pragma once

#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "transport/Acceptor.h"
#include "transport/IoWorker.h"

#include <QEventLoop>
#include <QSemaphore>
#include <QTcpSocket>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace concierge::test {

/// What the layers above do, told by path and, on a WebSocket, by the text of a message. One per worker.
class ScriptedListener final : public transport::GateListener
{
public:
    explicit ScriptedListener(int index);
    ~ScriptedListener() override;

    void onRequest(std::unique_ptr<transport::HttpExchange> exchange) override;
    std::optional<transport::HttpResponse> onUpgradeRequest(const transport::HttpRequest &request) override;
    void onWebSocket(const transport::HttpRequest &request,
                     std::unique_ptr<transport::WebSocketConnection> socket) override;
    std::optional<int> ownerOf(const transport::HttpRequest &request) const override;
    std::shared_ptr<void> onBodyBegins(const transport::HttpRequest &head) override;

    /// Lets go of everything. Thread: the worker's.
    void clear();

    QSemaphore held;     ///< one for each request of /hold
    QSemaphore aborted;  ///< one for each of them whose peer went away
    QSemaphore bodies;   ///< one for each body that began
    QSemaphore bodyEnds; ///< and ended
    QSemaphore closed;   ///< one for each onWebSocketClosed
    QSemaphore flooded;
    QSemaphore drained;                                ///< one for each onWebSocketDrained
    std::atomic<int> sent{0}, buffered{0}, dropped{0}; ///< what send() answered to `flood`
    std::atomic<int> heard{0};                         ///< messages, of all WebSockets
    std::atomic<int> heardAtMark{-1};                  ///< before the last one that said `mark`
    std::atomic<int> calledWithin{0}; ///< callbacks that came from within a call of the listener's

private:
    class Peer;

    void releaseHeld();
    void forget(Peer *peer);

    const int m_index;
    std::vector<std::unique_ptr<transport::HttpExchange>> m_held;
    std::vector<std::unique_ptr<Peer>> m_peers;
};

/// Acceptor and workers, on a free port of the loopback.
class GateFixture
{
public:
    explicit GateFixture(transport::GateOptions options = {}, int workers = 1);
    ~GateFixture();

    quint16 port() const { return m_port; }
    ScriptedListener &listener(int index = 0) { return *m_listeners[static_cast<std::size_t>(index)]; }
    transport::IoWorker &worker(int index = 0) { return *m_workers[static_cast<std::size_t>(index)]; }
    std::uint64_t count(metrics::Counter counter) const { return m_metrics.snapshot()[counter]; }
    /// Until all that was asked of the workers before has been done.
    void settle();
    void stop();

private:
    SystemClock m_clock;
    metrics::Metrics m_metrics;
    std::vector<std::unique_ptr<ScriptedListener>> m_listeners;
    std::vector<std::unique_ptr<transport::IoWorker>> m_workers;
    std::thread m_acceptThread; // so that a test may block while it is being served
    QEventLoop *m_acceptLoop = nullptr;
    quint16 m_port = 0;
};

struct RawResponse
{
    int status = 0; ///< 0: none came
    transport::HeaderList headers;
    QByteArray body;

    QByteArray header(QByteArrayView name) const; ///< values joined by ", "
};

/// A client that sends exactly the bytes it is given.
class RawClient
{
public:
    explicit RawClient(quint16 port);

    void send(QByteArrayView bytes);
    /// The next answer; `hasBody` false for answers to HEAD.
    RawResponse receive(bool hasBody = true);
    RawResponse ask(QByteArrayView bytes)
    {
        send(bytes);
        return receive();
    }
    /// The next bytes, that many of them; fewer: the server has closed.
    QByteArray take(qsizetype count);
    /// Whether the server ends the connection, with nothing more said.
    bool isClosedByServer();
    QTcpSocket &socket() { return m_socket; }

private:
    bool readMore();

    QTcpSocket m_socket;
    QByteArray m_buffer;
};

/// "GET <target> HTTP/1.1" with a Host, and more header lines, each ended by CRLF.
QByteArray get(QByteArrayView target, QByteArrayView headers = {});
QByteArray post(QByteArrayView target, QByteArrayView body, QByteArrayView headers = {});
/// A WebSocket handshake.
QByteArray upgrade(QByteArrayView target, QByteArrayView headers = {});
/// One masked text frame below 64 KiB.
QByteArray clientFrame(QByteArrayView text);

} // namespace concierge::test
