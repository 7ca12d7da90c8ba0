#include "monitoring/MonitorPeer.h"

#include <QMetaObject>

#include <utility>

namespace concierge::monitoring {

MonitorPeer::MonitorPeer(quint64 number, std::unique_ptr<QLocalSocket> socket, QString user,
                         MonitorPeerListener &listener)
    : m_number(number)
    , m_socket(std::move(socket))
    , m_user(std::move(user))
    , m_listener(listener)
{
    m_socket->setParent(nullptr); // QLocalServer's until now
    m_socket->setReadBufferSize(feed::maxLine);
    QObject::connect(m_socket.get(), &QLocalSocket::readyRead, this, &MonitorPeer::read);
    QObject::connect(m_socket.get(), &QLocalSocket::disconnected, this, [this] {
        m_isEnding = true;
        m_listener.onPeerEnded(*this);
    });
    resumeLater(); // what came with the connection
}

MonitorPeer::~MonitorPeer()
{
    m_socket->disconnect(this);
}

void MonitorPeer::send(const QByteArray &line)
{
    if (m_isEnding)
        return;
    if (m_socket->bytesToWrite() + line.size() > feed::maxAnswerLine) {
        fail(QStringLiteral("too_slow"), QStringLiteral("more waits to be read than may; read faster"));
        return;
    }
    m_socket->write(line);
}

void MonitorPeer::answer(const QByteArray &line)
{
    m_isBusy = false;
    send(line);
    resumeLater();
}

void MonitorPeer::fail(const QString &code, const QString &message)
{
    if (m_isEnding)
        return;
    m_isEnding = true;
    m_socket->write(feed::errorLine({code, message}));
    m_socket->flush();
    m_listener.onPeerFailed(*this, code);
}

void MonitorPeer::tick()
{
    if (!m_isEnding) {
        if (std::exchange(m_commandsLeft, commandsPerTick) == 0)
            read();
    } else if (--m_ticksLeft == closingTicks) {
        m_socket->disconnectFromServer(); // once all is written
    } else if (m_ticksLeft == 0) {
        m_socket->abort();
    }
}

void MonitorPeer::drop()
{
    m_dropped += m_socket->readAll().size();
    if (m_dropped > lingeringBytes)
        m_socket->abort();
}

void MonitorPeer::resumeLater()
{
    QMetaObject::invokeMethod(this, &MonitorPeer::read, Qt::QueuedConnection);
}

void MonitorPeer::read()
{
    while (!m_isEnding && !m_isBusy && m_commandsLeft > 0) {
        if (const auto line = m_lines.next()) {
            take(*line);
            continue;
        }
        if (m_lines.isTooLong()) {
            fail(QStringLiteral("line_too_long"),
                 QStringLiteral("a line may have %1 bytes").arg(feed::maxLine));
            break;
        }
        if (m_socket->bytesAvailable() == 0) // also of one that is closed, where reading is an error
            return;
        const QByteArray bytes = m_socket->read(feed::maxLine);
        if (bytes.isEmpty())
            return;
        m_lines.append(bytes);
    }
    if (m_isEnding)
        drop();
}

void MonitorPeer::take(const QByteArray &line)
{
    const auto request = feed::parseLine(line);
    if (!request) {
        fail(QStringLiteral("bad_line"), request.error().text);
        return;
    }
    --m_commandsLeft;
    m_isBusy = true;
    m_listener.onCommand(*this, *request);
}

} // namespace concierge::monitoring
