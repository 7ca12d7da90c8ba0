#pragma once

#include <QSslSocket>

namespace concierge::transport {

/// A TLS connection that counts as QTcpSocket does: what it has encrypted and the kernel has not taken yet is
/// still to be written. So nobody above need know which kind of socket he has. Thread: one at a time.
class TlsSocket final : public QSslSocket
{
public:
    TlsSocket()
    {
        QObject::connect(this, &QSslSocket::encryptedBytesWritten, this,
                         [this](qint64 bytes) { Q_EMIT bytesWritten(bytes); });
    }
    qint64 bytesToWrite() const override { return QSslSocket::bytesToWrite() + encryptedBytesToWrite(); }
};

} // namespace concierge::transport
