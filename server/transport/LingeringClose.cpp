#include "transport/LingeringClose.h"

#include "transport/SocketHandoff.h"

namespace concierge::transport {

namespace {
constexpr Milliseconds patience{5'000};
constexpr qint64 maxBytes = 16'000'000;
} // namespace

void LingeringClose::begin(const QTcpSocket &socket, DeadlineWheel &deadlines, QObject &parent)
{
    if (socket.bytesToWrite() > 0 || socket.socketDescriptor() == -1)
        return; // it closes when it has written, which takes as long
    OwnedDescriptor copy(duplicateDescriptor(socket.socketDescriptor()));
    if (!copy.isValid())
        return;
    endWriting(copy.get());
    new LingeringClose(copy, deadlines, &parent);
}

LingeringClose::LingeringClose(OwnedDescriptor &descriptor, DeadlineWheel &deadlines, QObject *parent)
    : QObject(parent)
{
    QObject::connect(&m_socket, &QTcpSocket::disconnected, this, &QObject::deleteLater);
    QObject::connect(&m_socket, &QTcpSocket::readyRead, this, [this] {
        m_read += m_socket.bytesAvailable();
        m_socket.skip(m_socket.bytesAvailable());
        if (m_read > maxBytes)
            m_socket.abort();
    });
    if (!m_socket.setSocketDescriptor(descriptor.get(), QAbstractSocket::ConnectedState,
                                      QIODevice::ReadOnly)) {
        deleteLater();
        return;
    }
    descriptor.release();
    m_socket.setReadBufferSize(64 * 1024);
    deadlines.arm(*this, patience);
}

void LingeringClose::onDeadline()
{
    m_socket.abort();
    deleteLater();
}

} // namespace concierge::transport
