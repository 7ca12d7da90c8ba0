#include "socketio/Socket.h"

namespace concierge::socketio {

using transport::Frame;
using transport::FrameKind;
using transport::SendStatus;

/// Without attachments, which is nearly always, no list is made.
SendStatus sendWith(Socket &socket, Frame text, const QList<QByteArray> &attachments)
{
    if (attachments.isEmpty())
        return socket.send(std::span(&text, 1));
    QList<Frame> frames;
    frames.reserve(1 + attachments.size());
    frames.append(std::move(text));
    for (const QByteArray &attachment : attachments)
        frames.append({FrameKind::Binary, attachment});
    return socket.send(frames);
}

QByteArrayView toString(DisconnectReason reason)
{
    switch (reason) {
    case DisconnectReason::ClientNamespaceDisconnect:
        return "client namespace disconnect";
    case DisconnectReason::ServerNamespaceDisconnect:
        return "server namespace disconnect";
    case DisconnectReason::TransportClose:
        return "transport close";
    case DisconnectReason::TransportError:
        return "transport error";
    case DisconnectReason::PingTimeout:
        return "ping timeout";
    case DisconnectReason::ParseError:
        return "parse error";
    case DisconnectReason::ForcedServerClose:
        return "forced server close";
    case DisconnectReason::SlowConsumer:
        return "slow consumer";
    case DisconnectReason::ServerShuttingDown:
        return "server shutting down";
    }
    Q_UNREACHABLE();
}

SendStatus Socket::emitEvent(QByteArrayView name, std::span<const QByteArrayView> jsonArguments,
                             const QList<QByteArray> &attachments)
{
    return sendWith(*this, encodeEventText(nsp(), std::nullopt, name, jsonArguments, attachments.size()),
                    attachments);
}

void Socket::ack(quint64 id, std::span<const QByteArrayView> jsonArguments,
                 const QList<QByteArray> &attachments)
{
    if (claimAck(id))
        sendWith(*this, encodeAckText(nsp(), id, jsonArguments, attachments.size()), attachments);
}

} // namespace concierge::socketio
