#include "cluster/Emit.h"

#include "socketio/Json.h"
#include "socketio/JsonScan.h"
#include "socketio/Placeholders.h"

namespace concierge::cluster {

std::optional<DecodeError> checkEvent(QByteArrayView args, qsizetype attachmentCount)
{
    if (json::typeOf(args) != json::Type::Array)
        return DecodeError::BadShape;
    const char *end = args.data() + args.size();
    const char *name = json::detail::skipSpace(args.data() + 1, end);
    const bool isNumber = *name == '-' || (*name >= '0' && *name <= '9');
    if (!isNumber && (*name != '"' ||
                      socketio::isReservedEvent(QByteArrayView(name, json::detail::skipString(name, end)))))
        return DecodeError::BadEvent;
    if (attachmentCount > 0 && !socketio::arePlaceholdersGood(args, static_cast<int>(attachmentCount)))
        return DecodeError::BadPlaceholder;
    return std::nullopt;
}

QList<transport::Frame> toFrames(const Emit &emit, const QByteArray &nsp, std::optional<quint64> ackId,
                                 QByteArrayView offset)
{
    socketio::Packet packet{socketio::PacketType::Event, nsp, ackId, emit.args, emit.attachments};
    if (!offset.isEmpty()) {
        packet.data.chop(1); // the closing bracket
        packet.data.reserve(packet.data.size() + offset.size() + 4);
        packet.data += ",\"";
        packet.data += offset;
        packet.data += "\"]";
    }
    return encode(packet);
}

} // namespace concierge::cluster
