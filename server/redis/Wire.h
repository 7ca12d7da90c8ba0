#pragma once

#include "redis/Loss.h"
#include "redis/Options.h"

#include <QByteArray>
#include <QHostAddress>

#include <memory>

namespace concierge::redis {

/// Hears a Wire. It may destroy the wire in any of these. Thread: the wire's.
class WireListener
{
public:
    virtual ~WireListener() = default;
    /// Connected, with TLS encrypted too.
    virtual void onWireOpened() = 0;
    virtual void onWireReadable() = 0;
    /// So many bytes more have been given to the system, or with TLS to what encrypts.
    virtual void onWireWritten(qint64 bytes) = 0;
    /// Could not be opened, or has ended: the last call. What had come before was readable before.
    virtual void onWireFailed(LossReason reason, const QString &detail) = 0;
};

/// A byte stream to Redis over one of Qt's sockets. Thread: that of its event loop.
class Wire
{
public:
    virtual ~Wire() = default;
    /// Begins to connect. The listener may be called from within.
    virtual void open() = 0;
    /// Gives the system what it takes now, in one call to it, and the rest later. May end the wire from
    /// within.
    virtual void write(const QByteArray &bytes) = 0;
    /// Of what has come: 0 when there is nothing more for now, or for ever.
    virtual qint64 read(char *into, qint64 most) = 0;
};

/// The listener outlives it. `address` counts unless the URL is of a local socket.
std::unique_ptr<Wire> makeWire(const Options &options, const QHostAddress &address, WireListener &listener);

} // namespace concierge::redis
