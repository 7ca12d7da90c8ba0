#include "transport/HttpEndpoint.h"

#include "transport/SocketHandoff.h"

#include <algorithm>
#include <utility>

namespace concierge::transport {

HttpEndpoint::HttpEndpoint(GateOptions options, GateListener &listener, const Clock &clock,
                           metrics::ThreadCounters &counters, QObject *parent)
    : QTcpServer(parent)
    , m_options(std::move(options))
    , m_listener(listener)
    , m_counters(counters)
    , m_descriptorLimit(descriptorLimit())
    , m_deadlines(clock)
{
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, this, [this] {
        m_deadlines.advance();
        armTimer();
    });
    m_deadlines.setRescheduleHandler([this] { armTimer(); });
}

HttpEndpoint::~HttpEndpoint()
{
    m_deadlines.setRescheduleHandler({});
    m_counters.add(metrics::Counter::TcpClosed, m_connections.size());
}

void HttpEndpoint::armTimer()
{
    if (const auto due = m_deadlines.nextDue())
        m_timer.start(std::max(Milliseconds(0), *due - m_deadlines.clock().monotonic()));
}

void HttpEndpoint::incomingConnection(qintptr descriptor)
{
    OwnedDescriptor owned(descriptor);
    // An accept() that fails would be tried again for ever; see Acceptor. The last ones are for files.
    constexpr qintptr reserved = 8;
    if (descriptor >= m_descriptorLimit - std::min(reserved, m_descriptorLimit / 16))
        return;
    auto socket = std::make_unique<QTcpSocket>();
    if (!socket->setSocketDescriptor(descriptor))
        return;
    owned.release();
    m_counters.add(metrics::Counter::TcpAccepted);
    ConnectionOwner &owner = *this;
    auto connection = std::make_unique<HttpConnection>(std::move(socket), m_options, m_listener, m_deadlines,
                                                       m_counters, owner);
    HttpConnection *started = connection.get();
    m_connections.emplace(started, std::move(connection));
    started->start();
}

void HttpEndpoint::upgrade(HttpConnection &connection, const HttpRequest &request)
{
    m_counters.refused(metrics::Refused::BadRequest);
    connection.refuse(request,
                      {400, QByteArrayLiteral("text/plain"), QByteArrayLiteral("no WebSocket here\n"), {}});
}

bool HttpEndpoint::move(HttpConnection &, int)
{
    return false; // there are no workers here
}

void HttpEndpoint::ended(HttpConnection &connection)
{
    const auto found = m_connections.find(&connection);
    if (found == m_connections.end())
        return;
    // Destroyed on the next turn: this is called from within it.
    std::shared_ptr<HttpConnection> keep(std::move(found->second));
    m_connections.erase(found);
    QMetaObject::invokeMethod(
        this, [keep] {}, Qt::QueuedConnection);
}

} // namespace concierge::transport
