#include "transport/Acceptor.h"

#include <QLoggingCategory>
#include <QTimer>

#include <utility>

namespace concierge::transport {

Q_LOGGING_CATEGORY(lcAcceptor, "concierge.transport")

Acceptor::Acceptor(QList<IoWorker *> workers, QObject *parent)
    : QTcpServer(parent)
    , m_workers(std::move(workers))
{
    setListenBacklogSize(4096);
    // Mostly out of descriptors. Trying again at once would spin: the kernel keeps who waits.
    QObject::connect(this, &QTcpServer::acceptError, this, [this] {
        qCWarning(lcAcceptor) << "cannot accept connections for now:" << errorString();
        pauseAccepting();
        QTimer::singleShot(std::chrono::seconds(1), this, [this] { resumeAccepting(); });
    });
}

void Acceptor::incomingConnection(qintptr descriptor)
{
    IoWorker *worker = m_workers.at(m_next);
    m_next = (m_next + 1) % m_workers.size();
    worker->adopt(descriptor);
}

} // namespace concierge::transport
