#include "GateFixture.h"

#include <QEventLoop>
#include <QHostAddress>
#include <QScopedValueRollback>

#include <algorithm>
#include <future>

namespace concierge::test {

using namespace transport;

namespace {

constexpr int patience = 20'000; // ms; far more than anything here takes

HttpResponse text(QByteArray body, int status = 200)
{
    HttpResponse response;
    response.status = status;
    response.contentType = QByteArrayLiteral("text/plain");
    response.body = std::move(body);
    return response;
}

} // namespace

class ScriptedListener::Peer final : public WebSocketListener
{
public:
    Peer(ScriptedListener &owner, std::unique_ptr<WebSocketConnection> socket)
        : m_owner(owner)
        , m_socket(std::move(socket))
    {
        m_socket->setListener(this);
    }

    void onWebSocketMessage(const Frame &message) override
    {
        if (m_isWithin)
            ++m_owner.calledWithin;
        const QScopedValueRollback within(m_isWithin, true);
        if (message.data == "mark")
            m_owner.heardAtMark = m_owner.heard.load();
        ++m_owner.heard;
        if (message.data == "close")
            m_socket->close(4001);
        else if (message.data == "bye")
            m_socket->close({});
        else if (message.data == "twice")
            sendTwice();
        else if (message.data == "flood")
            flood();
        else if (message.data != "destroy")
            m_socket->send(message);
        if (message.data == "destroy")
            m_socket.reset(); // from within its own callback
    }
    void onWebSocketDrained() override
    {
        if (m_isWithin)
            ++m_owner.calledWithin;
        m_owner.drained.release();
    }
    void onWebSocketClosed() override
    {
        if (m_isWithin)
            ++m_owner.calledWithin;
        m_owner.closed.release();
        m_owner.forget(this);
    }

private:
    void sendTwice()
    {
        const Frame first{FrameKind::Text, QByteArrayLiteral("h\xC3\xA9llo")};
        m_socket->send(first);
        m_socket->send(first);
        m_socket->send({FrameKind::Binary, QByteArrayLiteral("\x00\xFF")});
    }
    void flood()
    {
        const Frame frame{FrameKind::Text, QByteArray(60'000, 'x')};
        for (SendStatus status = SendStatus::Sent; status != SendStatus::Dropped;) {
            status = m_socket->send(frame);
            ++(status == SendStatus::Sent       ? m_owner.sent
               : status == SendStatus::Buffered ? m_owner.buffered
                                                : m_owner.dropped);
        }
        m_owner.flooded.release();
    }

    ScriptedListener &m_owner;
    std::unique_ptr<WebSocketConnection> m_socket;
    bool m_isWithin = false;
};

ScriptedListener::ScriptedListener(int index)
    : m_index(index)
{}

ScriptedListener::~ScriptedListener() = default;

void ScriptedListener::onRequest(std::unique_ptr<HttpExchange> exchange)
{
    const HttpRequest &request = exchange->request();
    if (request.path == "/hold") {
        HttpExchange *waiting = exchange.get();
        exchange->setAbortHandler([this, waiting] {
            std::erase_if(m_held, [waiting](const auto &other) { return other.get() == waiting; });
            aborted.release();
        });
        m_held.push_back(std::move(exchange));
        held.release();
    } else if (request.path == "/release") {
        releaseHeld();
        exchange->respond(text("released"));
    } else if (request.path == "/big") {
        exchange->respond(text(QByteArray(request.queryValue("bytes").value_or("0").toInt(), 'b')));
    } else if (request.path == "/worker") {
        exchange->respond(text(QByteArray::number(m_index)));
    } else if (request.path != "/drop") {
        exchange->respond(text(request.method + ' ' + request.path + ' ' + request.body));
    }
}

void ScriptedListener::releaseHeld()
{
    const auto waiting = std::exchange(m_held, {});
    for (const auto &exchange : waiting)
        exchange->respond(text("held"));
}

std::optional<HttpResponse> ScriptedListener::onUpgradeRequest(const HttpRequest &request)
{
    if (request.path == "/refuse")
        return text("not here", 400);
    return std::nullopt;
}

void ScriptedListener::onWebSocket(const HttpRequest &request, std::unique_ptr<WebSocketConnection> socket)
{
    if (request.path == "/worker")
        socket->send({FrameKind::Text, QByteArray::number(m_index)});
    m_peers.push_back(std::make_unique<Peer>(*this, std::move(socket)));
}

std::optional<int> ScriptedListener::ownerOf(const HttpRequest &request) const
{
    const auto worker = request.queryValue("worker");
    if (!worker || worker->toInt() == m_index)
        return std::nullopt;
    return worker->toInt();
}

std::shared_ptr<void> ScriptedListener::onBodyBegins(const HttpRequest &)
{
    bodies.release();
    return std::shared_ptr<void>(this, [this](void *) { bodyEnds.release(); });
}

void ScriptedListener::forget(Peer *peer)
{
    std::erase_if(m_peers, [peer](const auto &other) { return other.get() == peer; });
}

void ScriptedListener::clear()
{
    m_held.clear();
    m_peers.clear();
}

GateFixture::GateFixture(GateOptions options, int workers)
{
    QList<IoWorker *> all;
    for (int i = 0; i < workers; ++i) {
        m_listeners.push_back(std::make_unique<ScriptedListener>(i));
        m_workers.push_back(std::make_unique<IoWorker>(i, options, m_clock, m_metrics.registerThread()));
        all.append(m_workers.back().get());
    }
    for (int i = 0; i < workers; ++i)
        worker(i).start(listener(i), all, {});
    // Not a QThread: ThreadSanitizer could not see what its calls order.
    std::promise<quint16> port;
    std::future<quint16> listening = port.get_future();
    m_acceptThread = std::thread([this, all, promise = std::move(port)]() mutable {
        QEventLoop loop;
        Acceptor acceptor(all, m_metrics.registerThread());
        if (!acceptor.listen(QHostAddress::LocalHost))
            qFatal("cannot listen: %s", qPrintable(acceptor.errorString()));
        m_acceptLoop = &loop;
        promise.set_value(acceptor.serverPort());
        loop.exec();
    });
    m_port = listening.get();
}

GateFixture::~GateFixture()
{
    stop();
}

void GateFixture::stop()
{
    if (m_acceptThread.joinable()) {
        QMetaObject::invokeMethod(m_acceptLoop, "quit", Qt::QueuedConnection);
        m_acceptThread.join();
    }
    for (std::size_t i = 0; i < m_workers.size(); ++i)
        m_workers[i]->stop([this, i] { m_listeners[i]->clear(); });
}

void GateFixture::settle()
{
    for (const auto &worker : m_workers) {
        const auto done = std::make_shared<std::promise<void>>();
        worker->post([done] { done->set_value(); });
        done->get_future().wait();
    }
}

QByteArray RawResponse::header(QByteArrayView name) const
{
    QByteArrayList values;
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            values.append(value);
    }
    return values.join(", ");
}

RawClient::RawClient(quint16 port)
{
    m_socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    m_socket.waitForConnected(patience);
}

void RawClient::send(QByteArrayView bytes)
{
    m_socket.write(bytes.data(), bytes.size());
    while (m_socket.bytesToWrite() > 0 && m_socket.waitForBytesWritten(patience)) {
    }
}

bool RawClient::readMore()
{
    if (m_socket.bytesAvailable() == 0 && !m_socket.waitForReadyRead(patience))
        return false;
    m_buffer += m_socket.readAll();
    return true;
}

RawResponse RawClient::receive(bool hasBody)
{
    RawResponse response;
    qsizetype end = -1;
    while ((end = m_buffer.indexOf("\r\n\r\n")) < 0) {
        if (!readMore())
            return response;
    }
    const QByteArrayList lines = m_buffer.first(end).split('\n');
    m_buffer.remove(0, end + 4);
    for (const QByteArray &line : lines.sliced(1)) {
        const qsizetype colon = line.indexOf(':');
        response.headers.append({line.first(colon), line.sliced(colon + 1).trimmed()});
    }
    const qsizetype length = hasBody ? response.header("content-length").toLongLong() : 0;
    while (m_buffer.size() < length) {
        if (!readMore())
            return response;
    }
    response.body = m_buffer.first(length);
    m_buffer.remove(0, length);
    response.status = lines.first().split(' ').value(1).toInt();
    return response;
}

QByteArray RawClient::take(qsizetype count)
{
    while (m_buffer.size() < count && readMore()) {
    }
    const QByteArray bytes = m_buffer.first(std::min(count, m_buffer.size()));
    m_buffer.remove(0, bytes.size());
    return bytes;
}

bool RawClient::isClosedByServer()
{
    while (m_socket.state() == QAbstractSocket::ConnectedState) {
        if (m_socket.waitForReadyRead(patience))
            m_buffer += m_socket.readAll();
        else if (m_socket.state() == QAbstractSocket::ConnectedState)
            return false;
    }
    return m_buffer.isEmpty();
}

QByteArray get(QByteArrayView target, QByteArrayView headers)
{
    return "GET " + target.toByteArray() + " HTTP/1.1\r\nHost: chat.example\r\n" + headers.toByteArray() +
           "\r\n";
}

QByteArray post(QByteArrayView target, QByteArrayView body, QByteArrayView headers)
{
    return "POST " + target.toByteArray() +
           " HTTP/1.1\r\nHost: chat.example\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n" +
           headers.toByteArray() + "\r\n" + body.toByteArray();
}

QByteArray upgrade(QByteArrayView target, QByteArrayView headers)
{
    return get(target,
               "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                   headers.toByteArray());
}

QByteArray clientFrame(QByteArrayView text)
{
    QByteArray frame("\x81");
    if (text.size() < 126) {
        frame += static_cast<char>(0x80 | text.size());
    } else {
        frame += "\xFE";
        frame += static_cast<char>(text.size() >> 8);
        frame += static_cast<char>(text.size() & 0xFF);
    }
    return frame + QByteArray(4, '\0') + text.toByteArray(); // masked with zeros: the text itself
}

} // namespace concierge::test
