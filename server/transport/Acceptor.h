#pragma once

#include "metrics/Metrics.h"
#include "transport/IoWorker.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTimer>

namespace concierge::transport {

/// Listens and deals descriptors to the workers in turn. Takes no more connections while descriptors are
/// scarce: who comes waits in the kernel's queue until others have gone. Thread: main.
class Acceptor : public QTcpServer
{
    Q_OBJECT

public:
    /// Of the process's descriptors, these many are left to everyone else: health endpoint, files, the copies
    /// made when a connection moves to another worker.
    static constexpr qintptr reservedDescriptors = 32;

    /// The limit on descriptors is the one that holds at this moment. `counters` are the thread's.
    Acceptor(QList<IoWorker *> workers, metrics::ThreadCounters &counters, QObject *parent = nullptr);

    /// For want of descriptors nobody is taken at present.
    bool isPaused() const { return m_resume.isActive(); }

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void pause();
    void resume();
    bool hasRoom() const;
    void warn();

    QList<IoWorker *> m_workers;
    metrics::ThreadCounters &m_counters;
    const qintptr m_limit;   // descriptors of the process
    const qintptr m_ceiling; // a connection that has this number or more is the last for now
    qsizetype m_next = 0;
    QTimer m_resume;
    QElapsedTimer m_warned;
};

} // namespace concierge::transport
