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
    /// Call when `socket` has written everything, right before it is closed. Owned by `parent`; deletes
    /// itself.
    static void begin(const QTcpSocket &socket, DeadlineWheel &deadlines, QObject &parent);

private:
    LingeringClose(OwnedDescriptor &descriptor, DeadlineWheel &deadlines, QObject *parent);
    void onDeadline() override;

    QTcpSocket m_socket;
    qint64 m_read = 0;
};

} // namespace concierge::transport
