#pragma once

#include "chat/ChatService.h"
#include "monitoring/PagedTable.h"

#include <QHostAddress>

namespace concierge::app {

/// One connected Socket.IO socket, as the io thread and the chat know it: a ClientRow, before it is text.
struct ClientFacts
{
    chat::SocketRef ref;
    SocketId sid;
    QHostAddress address;
    bool isWebSocket = false;
    qint64 queued = 0; ///< bytes
    chat::SocketFacts chat;

    bool matches(const QString &filter) const;
    static std::span<const monitoring::Column<ClientFacts>> columns();
    /// `toWall` added to monotonic time gives the time of day.
    feed::ClientRow row(Milliseconds toWall) const;
};

} // namespace concierge::app
