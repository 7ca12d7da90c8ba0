#include "redis/Resolver.h"

#include <QFutureWatcher>
#include <QHostInfo>
#include <QPromise>
#include <QThreadPool>

namespace concierge::redis {

void Resolver::LookupDeleter::operator()(QObject *lookup) const
{
    lookup->disconnect();
    lookup->deleteLater();
}

void Resolver::resolve(const QString &host, Done done)
{
    cancel();
    if (const QHostAddress address(host); !address.isNull())
        return done({address});
    auto watcher = std::make_unique<QFutureWatcher<QHostInfo>>();
    QObject::connect(
        watcher.get(), &QFutureWatcherBase::finished, watcher.get(),
        [lookup = watcher.get(), done = std::move(done)] { done(lookup->result().addresses()); });
    const auto promise = std::make_shared<QPromise<QHostInfo>>();
    promise->start();
    watcher->setFuture(promise->future());
    m_lookup.reset(watcher.release());
    QThreadPool::globalInstance()->start([promise, host] {
        promise->addResult(QHostInfo::fromName(host));
        promise->finish();
    });
}

} // namespace concierge::redis
