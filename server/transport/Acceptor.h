#pragma once

#include "transport/IoWorker.h"

#include <QTcpServer>

namespace concierge::transport {

/// Listens and deals descriptors to the workers in turn. Thread: main.
class Acceptor : public QTcpServer
{
    Q_OBJECT

public:
    explicit Acceptor(QList<IoWorker *> workers, QObject *parent = nullptr);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    QList<IoWorker *> m_workers;
    qsizetype m_next = 0;
};

} // namespace concierge::transport
