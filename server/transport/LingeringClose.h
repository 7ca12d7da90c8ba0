#pragma once

#include "transport/DeadlineWheel.h"

#include <QObject>
#include <QTcpSocket>

namespace concierge::transport {

class OwnedDescriptor;

/// Lets a closed connection end in peace. Closing a socket that has unread bytes resets the connection, and a
/// reset may overtake our last words (a close frame with its code): so a copy of the descriptor stays open
/// for reading, until the peer closes, too. Limits: 5 seconds and 16 MB, then it is dropped. Source: RFC
/// 6455, 7.1.1. Thread: one io thread.
class LingeringClose final : public QObject, private Deadline
{
    Q_OBJECT

public:
    /// Closes `socket`, with TLS's close_notify where it speaks that, and lingers where it has written
    /// everything; else it closes when it has, which takes as long. Owned by `parent`; deletes itself.
    static void end(QTcpSocket &socket, DeadlineWheel &deadlines, QObject &parent);

private:
    LingeringClose(OwnedDescriptor &descriptor, DeadlineWheel &deadlines, QObject *parent);
    void onDeadline() override;

    QTcpSocket m_socket;
    qint64 m_read = 0;
};

} // namespace concierge::transport
