#pragma once

#include "shared/Feed.h"

#include <functional>

namespace concierge::monitoring {

struct Nothing
{};

/// Gets the answer to a command, once: on the main thread, at any time, also from within the call that asks.
template <class T>
using Reply = std::function<void(Result<T, feed::ReplyError>)>;

/// What a monitor may see and do. Implemented by Monitoring, and by tests. Calls return at once. Thread:
/// main.
class MonitorHost
{
public:
    virtual ~MonitorHost() = default;
    /// With the alerts that last.
    virtual MonitorSnapshot snapshot() = 0;
    virtual feed::Hello hello() = 0;
    /// `request` is within its limits. Errors: "bad_request" for a column there is not.
    virtual void listClients(const feed::ListRequest &request, Reply<feed::ClientPage> reply) = 0;
    virtual void listWaiting(const feed::ListRequest &request, Reply<feed::WaitingPage> reply) = 0;
    /// `range` is one of feed::historyRanges().
    virtual feed::History history(const QString &range) = 0;
    /// Errors: "not_found".
    virtual void disconnectClient(const QByteArray &sid, Reply<Nothing> reply) = 0;
    /// Yields how many clients were told.
    virtual void notifyAll(const QString &text, Reply<qint64> reply) = 0;
    virtual qsizetype maxTextLength() const = 0; ///< of notifyAll(), UTF-16 units
    /// "error", "warn", …; false: there is no such level.
    virtual bool setLogLevel(const QString &name) = 0;
    virtual void drain() = 0;
    /// `path` is absolute. Yields the bytes of the new file. Errors: "busy", "failed".
    virtual void backup(const QString &path, Reply<qint64> reply) = 0;
};

} // namespace concierge::monitoring
