#pragma once

#include <QByteArrayView>

namespace concierge::socketio {

/// Whether every `{"_placeholder":true,"num":N}` in `json`, which is validated,
/// names one of `attachmentCount` attachments. What a placeholder holds besides is not looked at: the
/// attachment stands in for all of it. The same attachment may be named twice, or not at all. One pass, no
/// recursion. Source: Socket.IO protocol 5, "Packet encoding"; socket.io-parser's reconstructPacket.
bool arePlaceholdersGood(QByteArrayView json, int attachmentCount);

} // namespace concierge::socketio
