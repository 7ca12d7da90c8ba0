#include "transport/TlsHandshake.h"

#include "transport/LingeringClose.h"
#include "transport/TlsContext.h"

#include <QSslConfiguration>

#include <utility>

namespace concierge::transport {

using metrics::Refused;

namespace {

constexpr char handshakeRecord = 0x16; ///< RFC 8446, 5.1: the first byte of every TLS client

constexpr char plainAnswer[] = "HTTP/1.1 400 Bad Request\r\n"
                               "Content-Type: text/plain; charset=UTF-8\r\n"
                               "X-Content-Type-Options: nosniff\r\n"
                               "Content-Length: 54\r\n"
                               "Connection: close\r\n"
                               "\r\n"
                               "this port speaks https: ask for https://, not http://\n";

/// OpenSSL's reason is all that Qt passes on, in words.
Refused reasonOf(const QString &error)
{
    const auto says = [&error](const char *words) {
        return error.contains(QLatin1String(words), Qt::CaseInsensitive);
    };
    if (says("unsupported protocol") || says("version"))
        return Refused::TlsVersion;
    if (says("alert"))
        return Refused::TlsRejected;
    return Refused::TlsFailed;
}

} // namespace

TlsHandshake::TlsHandshake(std::unique_ptr<TlsSocket> socket, const TlsContext &context, Milliseconds timeout,
                           DeadlineWheel &deadlines, metrics::ThreadCounters &counters, QObject &lingering,
                           Done done)
    : m_socket(std::move(socket))
    , m_context(context)
    , m_deadlines(deadlines)
    , m_counters(counters)
    , m_lingering(lingering)
    , m_done(std::move(done))
{
    TlsSocket *tls = m_socket.get();
    QObject::connect(tls, &QSslSocket::readyRead, tls, [this] { onFirstBytes(); });
    QObject::connect(tls, &QSslSocket::encrypted, tls, [this] { onEncrypted(); });
    QObject::connect(tls, &QSslSocket::errorOccurred, tls, [this] { onError(); });
    QObject::connect(tls, &QSslSocket::disconnected, tls, [this] { onError(); });
    m_deadlines.arm(*this, timeout);
}

TlsHandshake::~TlsHandshake()
{
    if (m_socket)
        m_socket->disconnect();
}

void TlsHandshake::onFirstBytes()
{
    if (std::exchange(m_hasBegun, true))
        return;
    char first = 0;
    if (m_socket->peek(&first, 1) != 1)
        return;
    if (first == handshakeRecord) {
        m_socket->setSslConfiguration(m_context.current());
        m_socket->startServerEncryption();
        return;
    }
    const bool isMethod = first >= 'A' && first <= 'Z';
    if (isMethod)
        answerPlainHttp();
    else
        refuse(Refused::TlsFailed);
}

void TlsHandshake::answerPlainHttp()
{
    m_counters.refused(Refused::TlsPlainHttp);
    m_socket->disconnect();
    m_socket->skip(m_socket->bytesAvailable());
    m_socket->write(plainAnswer);
    m_socket->flush();
    LingeringClose::end(*m_socket, m_deadlines, m_lingering);
    end(nullptr);
}

void TlsHandshake::onEncrypted()
{
    m_socket->disconnect();
    end(std::move(m_socket));
}

void TlsHandshake::onError()
{
    if (m_hasBegun)
        refuse(reasonOf(m_socket->errorString()));
    else
        refuse(Refused::RefusedCount); // it came and went: there was nothing to refuse
}

void TlsHandshake::onDeadline()
{
    refuse(Refused::TlsTimeout);
}

void TlsHandshake::refuse(Refused reason)
{
    if (reason != Refused::RefusedCount)
        m_counters.refused(reason);
    m_socket->disconnect();
    m_socket->flush(); // the alert that says why
    m_socket->abort();
    end(nullptr);
}

void TlsHandshake::end(std::unique_ptr<QTcpSocket> socket)
{
    cancel();
    if (!socket)
        m_counters.add(metrics::Counter::TcpClosed);
    if (m_socket)
        m_socket.release()->deleteLater(); // we are in a signal of it
    m_done(*this, std::move(socket));
}

} // namespace concierge::transport
