#include "transport/Acceptor.h"

#include "transport/SocketHandoff.h"

#include <QLoggingCategory>

#include <algorithm>
#include <utility>

namespace concierge::transport {

Q_LOGGING_CATEGORY(lcAcceptor, "concierge.transport")

namespace {

constexpr Milliseconds pauseTime{100};
constexpr qint64 warnEveryMs = 10'000;

} // namespace

Acceptor::Acceptor(QList<IoWorker *> workers, metrics::ThreadCounters &counters, QObject *parent)
    : QTcpServer(parent)
    , m_workers(std::move(workers))
    , m_counters(counters)
    , m_limit(descriptorLimit())
    , m_ceiling(m_limit - std::min(reservedDescriptors, m_limit / 3))
{
    setListenBacklogSize(4096);
    m_resume.setInterval(pauseTime);
    QObject::connect(&m_resume, &QTimer::timeout, this, &Acceptor::resume);
    QObject::connect(this, &QTcpServer::acceptError, this, &Acceptor::pause);
}

void Acceptor::incomingConnection(qintptr descriptor)
{
    IoWorker *worker = m_workers.at(m_next);
    m_next = (m_next + 1) % m_workers.size();
    worker->adopt(descriptor);
    // The kernel gives the lowest free number, so this one tells how many are in use. Waiting for accept() to
    // fail would be too late: QTcpServer does not notice, and tries again for ever at full speed, while
    // nobody else gets a descriptor either.
    if (descriptor >= m_ceiling)
        pause();
}

void Acceptor::pause()
{
    // Stops QTcpServer's loop over those who wait, which pauseAccepting() alone does not.
    setMaxPendingConnections(0);
    pauseAccepting();
    if (!m_resume.isActive())
        m_counters.add(metrics::Counter::AcceptPauses);
    m_resume.start();
    warn();
}

void Acceptor::resume()
{
    if (!isListening()) {
        m_resume.stop();
        return;
    }
    if (!hasRoom()) {
        warn();
        return;
    }
    m_resume.stop();
    setMaxPendingConnections(1); // of which there are never any: incomingConnection() keeps none
    resumeAccepting();
}

bool Acceptor::hasRoom() const
{
    const OwnedDescriptor lowestFree(duplicateDescriptor(socketDescriptor()));
    return lowestFree.isValid() && lowestFree.get() < m_ceiling;
}

void Acceptor::warn()
{
    if (m_warned.isValid() && m_warned.elapsed() < warnEveryMs)
        return;
    m_warned.start();
    qCWarning(lcAcceptor).noquote()
        << QStringLiteral(
               "file descriptors are running out: no new connections until others end. The limit is %1, of "
               "which %2 are kept for the server itself. Raise it: LimitNOFILE= in the systemd unit, "
               "--ulimit nofile= with Docker, or ulimit -n")
               .arg(m_limit)
               .arg(m_limit - m_ceiling);
}

} // namespace concierge::transport
