#pragma once

#include <QHostAddress>
#include <QList>
#include <QString>

#include <functional>
#include <memory>

namespace concierge::redis {

/// Finds a host's addresses, each time anew: QTcpSocket asks a cache that keeps a name's address for a
/// minute, and after a failover that is the wrong one. Thread: that of its event loop; the system's resolver,
/// which blocks, runs on one of Qt's pool.
class Resolver
{
public:
    using Done = std::function<void(const QList<QHostAddress> &)>; ///< none: the name has no address

    /// Forgets a look-up that is under way. What is an address already is answered from within the call.
    void resolve(const QString &host, Done done);
    void cancel() { m_lookup.reset(); }

private:
    struct LookupDeleter
    {
        void operator()(QObject *lookup) const; // it may be in its own signal
    };
    std::unique_ptr<QObject, LookupDeleter> m_lookup;
};

} // namespace concierge::redis
