#pragma once

#include "shared/Result.h"

#include <QByteArray>
#include <QString>

namespace concierge::redis {

/// Where a Redis (or Valkey) is, and as whom to speak to it. A value.
///
/// `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, and
/// `unix://[user:password@]/path[?db=N]`; `valkey`, `valkeys` and `redis+unix` mean the same. `?db=N` may be
/// said instead of `/N`. User, password and path are percent-decoded; an IPv6 address stands in brackets.
/// Sources: redis-cli -u, redis-py, go-redis.
struct Url
{
    enum class Transport : quint8 { Tcp, Tls, Unix };
    static constexpr quint16 defaultPort = 6379;

    Transport transport = Transport::Tcp;
    QString host; ///< name or address, an IPv6 one without its brackets; empty with Transport::Unix
    quint16 port = defaultPort;
    QString path;        ///< of the socket, with Transport::Unix
    QByteArray user;     ///< as in Redis' ACL; empty: Redis' own `default`
    QByteArray password; ///< empty: none is sent
    int database = 0;

    /// Errors: what is wrong and what would be right, as a sentence that goes on after the setting's name.
    /// Nothing of the text is repeated there, for any part of it may be the password.
    static Result<Url, QString> parse(QStringView text);
    /// For people: parse() makes the same of it again, but for the password, which is told as `***`.
    QString toString() const;
    /// Only where: `host:port`, or the socket's path.
    QString place() const;

    friend bool operator==(const Url &, const Url &) = default;
};

} // namespace concierge::redis
