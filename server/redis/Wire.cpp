#include "redis/Wire.h"

#include <QFile>
#include <QLocalSocket>
#include <QNetworkProxy>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpSocket>

#include <utility>

namespace concierge::redis {

namespace {

/// Each may be in one of its own signals when it is given up.
struct LaterDeleter
{
    void operator()(QObject *object) const { object->deleteLater(); }
};

template <class Socket>
class SocketWire : public Wire
{
public:
    ~SocketWire() override
    {
        m_socket->disconnect();
        m_socket->abort();
    }
    void write(const QByteArray &bytes) final
    {
        Socket *socket = m_socket.get();
        socket->write(bytes);
        socket->flush(); // we may be gone when this returns
    }
    qint64 read(char *into, qint64 most) final { return std::max<qint64>(0, m_socket->read(into, most)); }

protected:
    explicit SocketWire(WireListener &listener)
        : m_socket(new Socket)
        , m_listener(listener)
    {
        Socket *socket = m_socket.get();
        QObject::connect(socket, &QIODevice::readyRead, socket, [this] { m_listener.onWireReadable(); });
        QObject::connect(socket, &QIODevice::bytesWritten, socket,
                         [this](qint64 bytes) { m_listener.onWireWritten(bytes); });
        QObject::connect(socket, &Socket::disconnected, socket, [this] { fail(LossReason::Closed, {}); });
    }
    Socket &socket() { return *m_socket; }
    WireListener &listener() { return m_listener; }
    void fail(LossReason reason, const QString &detail)
    {
        if (!std::exchange(m_isOver, true))
            m_listener.onWireFailed(reason, detail);
    }

private:
    std::unique_ptr<Socket, LaterDeleter> m_socket;
    WireListener &m_listener;
    bool m_isOver = false;
};

template <class Socket>
class InternetWire : public SocketWire<Socket>
{
protected:
    InternetWire(const Options &options, const QHostAddress &address, WireListener &listener)
        : SocketWire<Socket>(listener)
        , m_options(options)
        , m_address(address)
    {
        Socket *socket = &this->socket();
        socket->setProxy(QNetworkProxy::NoProxy);
        QObject::connect(socket, &QAbstractSocket::connected, socket, [socket] {
            socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
            socket->setSocketOption(QAbstractSocket::KeepAliveOption, 1);
        });
        QObject::connect(socket, &QAbstractSocket::errorOccurred, socket,
                         [this](QAbstractSocket::SocketError error) { onError(error); });
    }

    const Options &m_options;
    const QHostAddress m_address;
    QString m_tlsError;

private:
    void onError(QAbstractSocket::SocketError error)
    {
        switch (error) {
        case QAbstractSocket::ConnectionRefusedError:
            return this->fail(LossReason::Refused, {});
        case QAbstractSocket::RemoteHostClosedError:
            return this->fail(LossReason::Closed, {});
        case QAbstractSocket::SocketTimeoutError:
            return this->fail(LossReason::ConnectTimeout, {});
        case QAbstractSocket::SslHandshakeFailedError:
        case QAbstractSocket::SslInternalError:
        case QAbstractSocket::SslInvalidUserDataError:
            return this->fail(LossReason::Tls,
                              m_tlsError.isEmpty() ? this->socket().errorString() : m_tlsError);
        default:
            return this->fail(LossReason::Broken, this->socket().errorString());
        }
    }
};

class TcpWire final : public InternetWire<QTcpSocket>
{
public:
    TcpWire(const Options &options, const QHostAddress &address, WireListener &wireListener)
        : InternetWire(options, address, wireListener)
    {
        QObject::connect(&socket(), &QAbstractSocket::connected, &socket(),
                         [this] { listener().onWireOpened(); });
    }
    void open() override { socket().connectToHost(m_address, m_options.url.port); }
};

class TlsWire final : public InternetWire<QSslSocket>
{
public:
    TlsWire(const Options &options, const QHostAddress &address, WireListener &wireListener)
        : InternetWire(options, address, wireListener)
    {
        QSslSocket *tls = &socket();
        QObject::connect(tls, &QSslSocket::encrypted, tls, [this] { listener().onWireOpened(); });
        QObject::connect(tls, &QSslSocket::sslErrors, tls, [this](const QList<QSslError> &errors) {
            m_tlsError = errors.isEmpty() ? QString() : errors.first().errorString();
        });
    }
    void open() override
    {
        if (!QSslSocket::supportsSsl())
            return fail(LossReason::Tls, QStringLiteral("this build is without TLS"));
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setPeerVerifyMode(QSslSocket::VerifyPeer);
        if (!m_options.caFile.isEmpty()) {
            QFile file(m_options.caFile);
            const auto authorities = file.open(QIODevice::ReadOnly) ? QSslCertificate::fromDevice(&file)
                                                                    : QList<QSslCertificate>();
            if (authorities.isEmpty())
                return fail(LossReason::Tls,
                            QStringLiteral("there is no certificate to be read in ") + m_options.caFile);
            configuration.setCaCertificates(authorities);
        }
        socket().setSslConfiguration(configuration);
        socket().connectToHostEncrypted(m_address.toString(), m_options.url.port, m_options.url.host);
    }
};

class LocalWire final : public SocketWire<QLocalSocket>
{
public:
    LocalWire(const Options &options, WireListener &wireListener)
        : SocketWire(wireListener)
        , m_path(options.url.path)
    {
        QObject::connect(&socket(), &QLocalSocket::connected, &socket(),
                         [this] { listener().onWireOpened(); });
        QObject::connect(&socket(), &QLocalSocket::errorOccurred, &socket(),
                         [this](QLocalSocket::LocalSocketError error) { onError(error); });
    }
    void open() override { socket().connectToServer(m_path); }

private:
    void onError(QLocalSocket::LocalSocketError error)
    {
        switch (error) {
        case QLocalSocket::ConnectionRefusedError:
            return fail(LossReason::Refused, {});
        case QLocalSocket::ServerNotFoundError:
            return fail(LossReason::Refused, QStringLiteral("there is no such socket"));
        case QLocalSocket::SocketAccessError:
            return fail(LossReason::Refused, QStringLiteral("this user may not use the socket"));
        case QLocalSocket::PeerClosedError:
            return fail(LossReason::Closed, {});
        default:
            return fail(LossReason::Broken, socket().errorString());
        }
    }

    const QString m_path;
};

} // namespace

std::unique_ptr<Wire> makeWire(const Options &options, const QHostAddress &address, WireListener &listener)
{
    switch (options.url.transport) {
    case Url::Transport::Tcp:
        return std::make_unique<TcpWire>(options, address, listener);
    case Url::Transport::Tls:
        return std::make_unique<TlsWire>(options, address, listener);
    case Url::Transport::Unix:
        break;
    }
    return std::make_unique<LocalWire>(options, listener);
}

} // namespace concierge::redis
