#include "transport/LingeringClose.h"

#include "transport/SocketHandoff.h"

namespace concierge::transport {

namespace {
constexpr Milliseconds patience{5'000};
constexpr qint64 maxBytes = 16'000'000;
} // namespace

void LingeringClose::end(QTcpSocket &socket, DeadlineWheel &deadlines, QObject &parent)
{
    // The copy comes first: closing the other handle then sends nothing but what TLS has to say at its end,
    // and only behind that is the end of the stream due.
    const bool isWritten = socket.bytesToWrite() == 0 && socket.socketDescriptor() != -1;
    OwnedDescriptor copy(isWritten ? duplicateDescriptor(socket.socketDescriptor()) : -1);
    socket.disconnectFromHost();
    if (!copy.isValid() || socket.state() != QAbstractSocket::UnconnectedState)
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
